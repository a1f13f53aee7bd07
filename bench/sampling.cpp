#include "bench/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/clock.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

constexpr int pilot_iterations = 3;
constexpr Seconds warm_up_time{0.002};
constexpr int most_warm_up_iterations = 100;
/// Between two looks at the stopping rule. Long enough that reducing the samples costs little, short enough to stop
/// soon.
constexpr int least_batch = 8;
constexpr int largest_batch = 256;

struct LocalTimes {
  std::vector<double> start_s, end_s;
};

LocalTimes run_iterations(const Subject& subject, int iterations, const mpi::Communicator& comm) {
  LocalTimes times;
  times.start_s.resize(static_cast<std::size_t>(iterations));
  times.end_s.resize(static_cast<std::size_t>(iterations));
  for (std::size_t i = 0; i < times.start_s.size(); ++i) {
    subject.refresh();
    mpi::barrier(comm);
    const Seconds start = now();
    subject.run();
    times.end_s[i] = now().count();
    times.start_s[i] = start.count();
  }
  return times;
}

/// All ranks' times of one batch in three reductions: longest own time, first start, last end.
Samples reduce_over_ranks(LocalTimes times, bool common_clock, const mpi::Communicator& comm) {
  Samples samples;
  samples.local_max_s.resize(times.start_s.size());
  std::ranges::transform(times.end_s, times.start_s, samples.local_max_s.begin(), std::minus<>{});
  mpi::max_over_ranks(samples.local_max_s, comm);
  samples.makespan_s = samples.local_max_s;
  if (!common_clock) return samples;
  mpi::min_over_ranks(times.start_s, comm);
  mpi::max_over_ranks(times.end_s, comm);
  std::ranges::transform(times.end_s, times.start_s, samples.makespan_s.begin(), std::minus<>{});
  return samples;
}

void append(std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); }

}  // namespace

int more_iterations(const std::vector<double>& samples_s, const RowBudget& budget) {
  const int n = static_cast<int>(samples_s.size());
  if (n < budget.min_iterations) return budget.min_iterations - n;
  if (n >= budget.max_iterations) return 0;
  const double spent_s = std::accumulate(samples_s.begin(), samples_s.end(), 0.0);
  if (spent_s >= budget.max_time.count()) return 0;
  const double typical_s = median(samples_s);
  const Interval interval = median_interval(samples_s);
  const bool precise = (interval.upper - interval.lower) / 2 <= budget.precision * typical_s;
  if (spent_s >= budget.min_time.count() && precise) return 0;
  const double affordable = (budget.max_time.count() - spent_s) / typical_s;
  const int batch = std::clamp(n, least_batch, largest_batch);
  return std::min({batch, budget.max_iterations - n, 1 + static_cast<int>(std::min(affordable, 1e6))});
}

Samples sample(const Subject& subject, const RowBudget& budget, bool common_clock, const mpi::Communicator& comm) {
  const Samples pilot = reduce_over_ranks(run_iterations(subject, pilot_iterations, comm), common_clock, comm);
  const double typical_s = std::max(median(pilot.local_max_s), 1e-9);
  const double warm_up = std::min<double>(most_warm_up_iterations, warm_up_time.count() / typical_s);
  run_iterations(subject, static_cast<int>(warm_up), comm);
  Samples samples;
  for (int n = more_iterations({}, budget); n > 0; n = more_iterations(samples.makespan_s, budget)) {
    const Samples batch = reduce_over_ranks(run_iterations(subject, n, comm), common_clock, comm);
    append(samples.makespan_s, batch.makespan_s);
    append(samples.local_max_s, batch.local_max_s);
  }
  return samples;
}

}  // namespace ringtrue
