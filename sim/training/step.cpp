#include "sim/training/step.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringtrue {
namespace {

constexpr double half = 0.5;  ///< Of the core, for each of two threads.

/// How fast the bucket is exchanged while the rank computes.
double exchange_rate(const BucketCost& bucket) {
  const double of_one_end = bucket.core_share > half ? half / bucket.core_share : 1;
  return bucket.both_ends ? half * of_one_end : of_one_end;
}
/// How fast computing goes on while the bucket is exchanged.
double computing_rate(const BucketCost& bucket) {
  if (bucket.yields) return 1 - exchange_rate(bucket) * bucket.core_share;
  return bucket.core_share > 0 ? half : 1;
}

class Step {
 public:
  Step(const StepCosts& costs, Overlap overlap) : costs_(costs), overlap_(overlap) {
    times_.buckets.resize(costs.buckets.size());
  }

  StepTimeline run() {
    now_ = times_.forward = costs_.forward;
    compute(costs_.loss_backward);
    for (std::size_t i = costs_.backward.size(); i-- > 0;) {
      compute(costs_.backward[i]);
      complete(static_cast<int>(i));
      if (overlap_ == Overlap::polling) advance();
    }
    if (done_ < costs_.buckets.size()) begin();
    now_ += costs_.buckets.empty() ? Seconds{0} : costs_.spread;
    while (done_ < costs_.buckets.size()) finish_bucket();
    times_.update = costs_.update;
    for (const BucketCost& bucket : costs_.buckets) times_.gathers += bucket.parameters;
    times_.step = now_ + times_.update + times_.gathers;
    return times_;
  }

 private:
  const BucketCost& current() const { return costs_.buckets[done_]; }
  Seconds advance_time() const { return current().gradients / current().advances; }

  /// Every bucket with `layer` as its last is ready.
  void complete(int layer) {
    for (; ready_ < costs_.buckets.size() && costs_.buckets[ready_].last_layer >= layer; ++ready_)
      times_.buckets[ready_].ready = now_;
    if (overlap_ != Overlap::none) begin();
  }

  void begin() {
    if (exchanging_ || done_ == ready_) return;
    exchanging_ = true;
    times_.buckets[done_].start = last_advance_ = now_;
    left_ = current().gradients;
    advances_left_ = current().advances;
  }

  void end() {
    exchanging_ = false;
    times_.buckets[done_++].end = now_;
  }

  /// Computes what takes `work` on a core of one's own, beside the exchange if a thread is at it.
  void compute(Seconds work) {
    const Seconds began = now_;
    while (exchanging_ && overlap_ == Overlap::thread) {
      const double computing = computing_rate(current()), exchange = exchange_rate(current());
      if (work / computing <= left_ / exchange) {
        now_ += work / computing;
        left_ = std::max(Seconds{0}, left_ - work / computing * exchange);
        times_.backward += now_ - began;
        return;
      }
      now_ += left_ / exchange;
      work -= left_ / exchange * computing;
      end();
      begin();
    }
    now_ += work;
    times_.backward += now_ - began;
  }

  /// Polling, between two layers. A bucket that begins here was begun by complete().
  void advance() {
    if (!exchanging_ || last_advance_ == now_) return;
    const Seconds busy = current().core_share * advance_time();
    if (now_ - last_advance_ < advance_time() - busy) return;
    now_ += busy;
    last_advance_ = now_;
    left_ -= advance_time();
    if (--advances_left_ > 0) return;
    end();
    begin();
  }

  /// After backward, at full speed.
  void finish_bucket() {
    begin();
    now_ += std::max(Seconds{0}, left_);
    end();
  }

  const StepCosts& costs_;
  Overlap overlap_;
  StepTimeline times_;
  Seconds now_{};
  std::size_t ready_ = 0, done_ = 0;  ///< Buckets so far.
  bool exchanging_ = false;           ///< The bucket `done_` is under way.
  Seconds left_{};                    ///< Of its time at full speed.
  int advances_left_ = 0;             ///< Polling.
  Seconds last_advance_{};
};

}  // namespace

StepTimeline replay_step(const StepCosts& costs, Overlap overlap) { return Step(costs, overlap).run(); }

}  // namespace ringtrue
