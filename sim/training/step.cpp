#include "sim/training/step.hpp"

#include <algorithm>
#include <utility>

#include "sim/cluster/kernel_scheduler.hpp"

namespace ringtrue {
namespace {

class Step {
 public:
  /// `slowest`: of the rank that this one waits for; null if it waits for none.
  Step(const StepCosts& costs, Overlap overlap, const StepTimeline* slowest)
      : costs_(costs), overlap_(overlap), slowest_(slowest) {
    times_.buckets.resize(costs.buckets.size());
  }

  StepTimeline run() {
    now_ = times_.forward = costs_.forward;
    compute(costs_.loss_backward);
    for (std::size_t i = costs_.backward.size(); i-- > 0;) {
      compute(costs_.backward[i]);
      times_.computed = now_;
      complete(static_cast<int>(i));
      give_core_to_others();
      if (overlap_ == Overlap::polling) advance();
    }
    while (done_ < costs_.buckets.size()) finish_bucket();
    times_.update = costs_.update;
    now_ += costs_.update;
    for (const BucketCost& bucket : costs_.buckets) times_.gather_exchange += bucket.parameters;
    const bool gathers = times_.gather_exchange > Seconds{0};
    times_.step = slowest_ != nullptr && gathers ? slowest_->step : now_ + times_.gather_exchange;
    times_.gathers = times_.step - now_;
    return times_;
  }

 private:
  const BucketCost& current() const { return costs_.buckets[done_]; }
  Seconds advance_time() const { return current().gradients / current().advances; }
  /// The current bucket on the rank that this one waits for.
  const BucketTimes& slowest() const { return slowest_->buckets[done_]; }

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
    BucketTimes& bucket = times_.buckets[done_];
    bucket.end = now_;
    bucket.exchange = slowest_ == nullptr ? bucket.end - bucket.start : slowest().exchange;
    ++done_;
  }

  /// How long the exchange goes on at 1 / `slowdown` of its speed.
  Seconds until_end(double slowdown) const {
    return slowest_ == nullptr ? left_ * slowdown : std::max(Seconds{0}, slowest().end - now_);
  }

  /// Computes what takes `work` on a core of one's own, beside the exchange if a thread is at it.
  void compute(Seconds work) {
    const Seconds began = now_;
    while (exchanging_ && overlap_ == Overlap::thread && work > Seconds{0}) {
      const bool naps = slowest_ != nullptr && now_ < slowest().start;
      const double rate = naps ? 1 : current().computing_rate;
      const Seconds beside = naps ? slowest().start - now_ : until_end(current().slowdown);
      const Seconds together = std::min(work / rate, beside);
      now_ += together;
      work -= together * rate;
      left_ -= together / current().slowdown;
      if (together < beside) break;
      if (naps) continue;
      end();
      begin();
    }
    if (exchanging_ && overlap_ == Overlap::polling && costs_.sharing > 1) {
      const Seconds own = work / costs_.sharing;
      owed_ = (costs_.sharing - 1) * (own - made_up_before_yield(own, costs_.slice));
      work -= owed_;
    }
    now_ += std::max(Seconds{0}, work);
    times_.backward += now_ - began;
  }

  void give_core_to_others() { now_ += std::exchange(owed_, Seconds{0}); }

  /// Polling, between two layers. A bucket that begins here was begun by complete().
  void advance() {
    if (!exchanging_ || last_advance_ == now_) return;
    if (slowest_ != nullptr && now_ < slowest().start) return;
    const Seconds busy = current().core_share * advance_time();
    if (now_ - last_advance_ < advance_time() - busy) return;
    if (advances_left_ > 0) {
      now_ += busy;
      left_ -= advance_time();
      --advances_left_;
    }
    last_advance_ = now_;
    if (advances_left_ > 0 || (slowest_ != nullptr && now_ < slowest().end)) return;
    end();
    begin();
  }

  /// After backward, at full speed.
  void finish_bucket() {
    begin();
    now_ += std::max(Seconds{0}, until_end(1));
    end();
  }

  const StepCosts& costs_;
  Overlap overlap_;
  const StepTimeline* slowest_;
  StepTimeline times_;
  Seconds now_{};
  std::size_t ready_ = 0, done_ = 0;  ///< Buckets so far.
  bool exchanging_ = false;           ///< The bucket `done_` is under way.
  Seconds left_{};                    ///< Of its time at full speed.
  int advances_left_ = 0;             ///< Polling.
  Seconds last_advance_{};
  Seconds owed_{};  ///< Polling: to ranks that share the core.
};

StepCosts of_slowest(const StepCosts& mean) {
  StepCosts slowest = mean;
  Seconds computing = mean.forward + mean.loss_backward + mean.update;
  for (const Seconds layer : mean.backward) computing += layer;
  if (computing <= Seconds{0}) return slowest;
  const double longer = 1 + mean.spread / computing;
  slowest.forward *= longer;
  slowest.loss_backward *= longer;
  slowest.update *= longer;
  for (Seconds& layer : slowest.backward) layer *= longer;
  return slowest;
}

}  // namespace

StepReplay replay_step(const StepCosts& costs, Overlap overlap) {
  if (costs.buckets.empty()) {
    const StepTimeline alone = Step(costs, overlap, nullptr).run();
    return {.mean = alone, .time = alone.step};
  }
  const StepCosts slow = of_slowest(costs);
  const StepTimeline slowest = Step(slow, overlap, nullptr).run();
  return {.mean = Step(costs, overlap, &slowest).run(), .time = slowest.step};
}

}  // namespace ringtrue
