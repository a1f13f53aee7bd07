#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "bench/heartbeat.hpp"
#include "bench/mpi/common_start.hpp"
#include "bench/mpi/mpi.hpp"
#include "bench/subject/subject.hpp"
#include "experiment/record/record.hpp"
#include "experiment/suite.hpp"

namespace ringtrue {

/// The iterations of one row, equal on every rank.
struct Samples {
  std::vector<double> makespan_s;   ///< First start to last end; equals local_max_s where there is no common clock.
  std::vector<double> local_max_s;  ///< The longest of the ranks' own times.
  std::vector<Observation> observations;  ///< Means over ranks, where the subject observes itself.
  std::optional<int> late_starts;         ///< Iterations; see CommonStart::take_late.
  Seconds refreshing{};                   ///< The subject: of each batch what the slowest rank took.
};

/// How many more iterations a row needs; 0 when it is done: when the interval of the median is narrow enough, or the
/// time or the iterations are spent. What was spent on refreshing the subject counts as well: it may take far longer
/// than the iterations. Every rank computes it from the same samples, so all agree without asking.
int more_iterations(const std::vector<double>& samples_s, const RowBudget& budget, Seconds refreshing = {});

/// True if the median of the last block of iterations is within a tenth of that of the block before. A block is a
/// millisecond, but at least 2 and at most 50 iterations. The first iteration, which sets up connections and caches,
/// belongs to no block. Requires at least one sample.
bool is_steady(const std::vector<double>& samples_s);

/// How many more iterations the warm-up needs; 0 when it is steady, or when its time (a tenth of the row's largest, at
/// least 2 ms) or its iterations are spent. The least is two blocks and the first. Same on every rank, as
/// `more_iterations`.
int more_warm_up(const std::vector<double>& samples_s, const RowBudget& budget);

/// Measures one row. Each iteration: all have ended, refresh, common start, run, end. Ranks keep their starts and ends
/// and reduce them once per batch, so nothing else runs between iterations. All functions are collective and come in
/// the order in which they stand here.
class Sampler {
 public:
  Sampler(const Subject& subject, const mpi::Communicator& comm, CommonStart& start, Heartbeat& heartbeat);

  /// The first iteration, of which the result is compared with the closed form; the number of wrong elements over all
  /// ranks. It counts as warm-up.
  std::int64_t verify();
  /// Until `more_warm_up` says done.
  WarmUp warm_up(const RowBudget& budget);
  /// Until `more_iterations` says done.
  Samples measure(const RowBudget& budget);
  /// What the subject counts as wrong by now, over all ranks.
  std::int64_t count_wrong();

  Seconds warm_up_time() const { return warm_up_time_; }  ///< Spent in warm-up iterations so far.

 private:
  Samples run_batch(int iterations, const std::function<void()>& prepare);

  const Subject& subject_;
  const mpi::Communicator& comm_;
  CommonStart& start_;
  Heartbeat& heartbeat_;
  int iterations_ = 0;
  std::vector<double> warm_up_s_;
  Seconds warm_up_time_{};
};

}  // namespace ringtrue
