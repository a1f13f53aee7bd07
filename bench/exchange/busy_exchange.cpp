#include "bench/exchange/busy_exchange.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/clock.hpp"
#include "bench/exchange/exchanger.hpp"
#include "bench/training/random.hpp"
#include "bench/training/thread_time.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {
namespace {

/// A run, or fewer if they have taken `enough`. Each differs as the time slices of its ranks fall: the mean of several
/// is what a step of many buckets feels.
constexpr int most_exchanges = 8;
constexpr Seconds enough{5};  ///< A watchdog sees no progress within a run.
/// Some time slices of a core: where two threads share one, ranks that begin together would also keep together.
constexpr Seconds longest_head_start{16e-3};

class ComputingRank {
 public:
  ComputingRank(const Subject& alone, int partner, const mpi::Communicator& comm)
      : alone_(alone),
        random_(seed_of(0, static_cast<std::uint64_t>(comm.rank()))),
        partner_(partner < 0 ? MPI_PROC_NULL : partner),
        comm_(comm),
        exchanger_({Transfer{.run = {}, .advance = [this] { return advance(); }, .finish = {}}}, Overlap::thread) {}

  void run() {
    Seconds exchange{}, computing{};
    int exchanges = 0;
    while (exchanges < most_exchanges && exchange < enough) {  // partners agree on both
      if (alone_.refresh) alone_.refresh();
      const Seconds head_start = (random_.uniform() + 1) / 2 * longest_head_start;
      for (const Seconds began = now(); now() - began < head_start;) compute();
      exchanger_.begin();
      exchanger_.next_ready();
      while (!exchanger_.is_done()) compute();
      exchanger_.finish();  // throws what went wrong
      const Window window = common_window();
      exchange += window.exchange;
      computing += window.computing;
      ++exchanges;
    }
    phases_ = mean_of_pairs(exchange / exchanges, computing / exchanges);
  }

  const Phases& phases() const { return phases_; }

 private:
  /// Some microseconds of arithmetic in registers and the first cache.
  void compute() {
    for (float& value : values_) value = value * 0.5F + 1;
    benchmark::DoNotOptimize(values_.data());
  }

  /// In the exchanger's thread.
  bool advance() {
    if (!std::exchange(under_way_, true)) computed_before_ = computing_.time();
    if (!alone_.advance()) return false;
    under_way_ = false;
    computed_ = computing_.time() - computed_before_;
    return true;
  }

  struct Window {
    Seconds exchange, computing;
  };

  /// In which both exchange: all of the time of the partner who began later, which is the shorter one.
  Window common_window() {
    const BucketTimes& times = exchanger_.times().front();
    const std::array<double, 2> mine{(times.end - times.start).count(), computed_.count()};
    std::array<double, 2> theirs = mine;
    mpi::check(MPI_Sendrecv(mine.data(), 2, MPI_DOUBLE, partner_, 0, theirs.data(), 2, MPI_DOUBLE, partner_, 0,
                            comm_.get(), MPI_STATUS_IGNORE),
               "MPI_Sendrecv");
    const auto& [exchange, computing] = std::min(mine, theirs);
    return {Seconds{exchange}, Seconds{computing}};
  }

  /// Of an odd number of ranks one has no partner, and nothing to say.
  Phases mean_of_pairs(Seconds exchange, Seconds computing) const {
    std::array<double, 3> sums{};
    if (partner_ != MPI_PROC_NULL) sums = {exchange.count(), computing.count(), 1};
    mpi::check(MPI_Allreduce(MPI_IN_PLACE, sums.data(), 3, MPI_DOUBLE, MPI_SUM, comm_.get()), "MPI_Allreduce");
    const double ranks = std::max(1.0, sums[2]);
    return {{"exchange", Seconds{sums[0] / ranks}}, {"computing", Seconds{sums[1] / ranks}}};
  }

  Subject alone_;
  SplitMix64 random_;
  int partner_;
  const mpi::Communicator& comm_;
  std::vector<float> values_ = std::vector<float>(4096, 1);
  ThreadClock computing_;  ///< Of the thread that makes this, and runs it.
  bool under_way_ = false;
  Seconds computed_before_{}, computed_{};
  Phases phases_;
  Exchanger exchanger_;
};

}  // namespace

Subject busy_exchange_subject(const Subject& alone, const Exchange& exchange, const mpi::Communicator& comm) {
  const auto busy = std::make_shared<ComputingRank>(alone, partner_of(comm.rank(), exchange.stride, comm.size()), comm);
  Subject subject = alone;
  subject.run = [=] { busy->run(); };
  subject.refresh = {};  // a run does it, exchange by exchange
  subject.advance = {};
  subject.run_recorded = {};
  subject.observe = [=]() -> Observation { return {.phases = busy->phases(), .loss = 0}; };
  return subject;
}

}  // namespace ringtrue
