#include "bench/row/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <utility>

#include "bench/clock.hpp"
#include "bench/row/append.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

constexpr Seconds warm_up_block_time{0.001};
constexpr int least_warm_up_block = 2;
constexpr int largest_warm_up_block = 50;
constexpr double steady_tolerance = 0.1;
constexpr Seconds least_warm_up_limit{0.002};
constexpr double warm_up_share = 0.1;
/// Between two looks at the stopping rule. Long enough that reducing the samples costs little, short enough to stop
/// soon.
constexpr int least_at_once = 8;
constexpr int most_at_once = 256;

struct LocalTimes {
  std::vector<double> start_s, end_s;
  Seconds refreshing{};
};

/// All ranks' times of one batch in one reduction, which takes milliseconds where ranks share a core: of each iteration
/// the longest own time, and with a common clock the first start (negated: it is a maximum, too), the last end, and
/// what `start` wants to know; at the end the time of refreshing.
Samples reduce_over_ranks(const LocalTimes& times, CommonStart& start, const mpi::Communicator& comm) {
  const auto n = std::ssize(times.start_s);
  std::vector<double> longest_s(times.start_s.size());
  std::ranges::transform(times.end_s, times.start_s, longest_s.begin(), std::minus<>{});
  if (start.common_clock()) {
    std::ranges::transform(times.start_s, std::back_inserter(longest_s), std::negate<>{});
    append(longest_s, times.end_s);
    append(longest_s, start.delays_s());
  }
  longest_s.push_back(times.refreshing.count());
  mpi::max_over_ranks(longest_s, comm);
  Samples samples;
  samples.refreshing = Seconds{longest_s.back()};
  longest_s.pop_back();
  const auto begin = longest_s.begin();
  samples.local_max_s.assign(begin, begin + n);
  samples.makespan_s = samples.local_max_s;
  if (!start.common_clock()) return samples;
  std::transform(begin + n, begin + 2 * n, begin + 2 * n, samples.makespan_s.begin(), std::plus<>{});
  samples.late_starts = start.settle({begin + 3 * n, longest_s.end()});
  return samples;
}

/// Every rank's observations have the same phases.
void average_over_ranks(std::vector<Observation>& observations, const mpi::Communicator& comm) {
  std::vector<double> values;
  for (const Observation& seen : observations) {
    values.push_back(seen.loss);
    for (const auto& [name, time] : seen.phases) values.push_back(time.count());
  }
  mpi::sum_over_ranks(values, comm);
  auto value = values.begin();
  for (Observation& seen : observations) {
    seen.loss = *value++ / comm.size();
    for (auto& [name, time] : seen.phases) time = Seconds{*value++ / comm.size()};
  }
}

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// Iterations of a block of the warm-up.
int warm_up_block(const std::vector<double>& samples_s) {
  const double iterations = warm_up_block_time.count() / std::max(median(samples_s), 1e-9);
  return static_cast<int>(std::clamp<double>(iterations, least_warm_up_block, largest_warm_up_block));
}

}  // namespace

int more_iterations(const std::vector<double>& samples_s, const RowBudget& budget, Seconds refreshing) {
  const int n = static_cast<int>(samples_s.size());
  if (n < budget.min_iterations) return budget.min_iterations - n;
  if (n >= budget.max_iterations) return 0;
  const double measured_s = sum_of(samples_s), spent_s = measured_s + refreshing.count();
  if (spent_s >= budget.max_time.count()) return 0;
  const double typical_s = median(samples_s);
  const Interval interval = median_interval(samples_s);
  const bool precise = (interval.upper - interval.lower) / 2 <= budget.precision * typical_s;
  if (measured_s >= budget.min_time.count() && precise) return 0;
  const double with_refresh = measured_s > 0 ? spent_s / measured_s : 1;
  const double affordable = (budget.max_time.count() - spent_s) / std::max(typical_s * with_refresh, 1e-9);
  const int batch = std::clamp(n, least_at_once, most_at_once);
  return std::min({batch, budget.max_iterations - n, 1 + static_cast<int>(std::min(affordable, 1e6))});
}

bool is_steady(const std::vector<double>& samples_s) {
  const std::ptrdiff_t block = warm_up_block(samples_s);
  if (std::ssize(samples_s) < 1 + 2 * block) return false;
  const double before = median({samples_s.end() - 2 * block, samples_s.end() - block});
  const double last = median({samples_s.end() - block, samples_s.end()});
  return std::abs(last - before) <= steady_tolerance * before;
}

int more_warm_up(const std::vector<double>& samples_s, const RowBudget& budget) {
  const int n = static_cast<int>(samples_s.size());
  const int block = warm_up_block(samples_s);
  if (n < budget.max_warm_up && n < 1 + 2 * block) return std::min(budget.max_warm_up, 1 + 2 * block) - n;
  const double limit_s = std::max(least_warm_up_limit.count(), warm_up_share * budget.max_time.count());
  const double spent_s = sum_of(samples_s) - samples_s.front();
  if (n >= budget.max_warm_up || spent_s >= limit_s || is_steady(samples_s)) return 0;
  return std::min(block, budget.max_warm_up - n);
}

Sampler::Sampler(const Subject& subject, const mpi::Communicator& comm, CommonStart& start, Heartbeat& heartbeat)
    : subject_(subject), comm_(comm), start_(start), heartbeat_(heartbeat) {
  start_.expect({});
}

Samples Sampler::run_batch(int iterations, const std::function<void()>& prepare) {
  LocalTimes times;
  std::vector<Observation> observations;
  times.start_s.resize(static_cast<std::size_t>(iterations));
  times.end_s.resize(static_cast<std::size_t>(iterations));
  std::function<void()> timed_prepare;
  if (prepare)
    timed_prepare = [&] {
      const Seconds began = now();
      prepare();
      times.refreshing += now() - began;
    };
  for (std::size_t i = 0; i < times.start_s.size(); ++i) {
    heartbeat_.mark(Stage::barrier, iterations_);
    start_.prepare(timed_prepare);
    start_.wait();
    heartbeat_.mark(Stage::timed_body, iterations_++);
    const Seconds start = now();
    subject_.run();
    times.end_s[i] = now().count();
    times.start_s[i] = start.count();
    if (subject_.observe) observations.push_back(subject_.observe());
  }
  heartbeat_.mark(Stage::reduce_samples, iterations_);
  Samples samples = reduce_over_ranks(times, start_, comm_);
  start_.expect(Seconds{std::ranges::min(samples.makespan_s)});
  if (subject_.observe) average_over_ranks(observations, comm_);
  samples.observations = std::move(observations);
  return samples;
}

std::int64_t Sampler::verify() {
  warm_up_s_ = run_batch(1, subject_.reset).local_max_s;
  warm_up_time_ = Seconds{sum_of(warm_up_s_)};
  return count_wrong();
}

std::int64_t Sampler::count_wrong() {
  heartbeat_.mark(Stage::check_result, iterations_);
  return mpi::sum_over_ranks(subject_.count_wrong().value_or(0), comm_);
}

WarmUp Sampler::warm_up(const RowBudget& budget) {
  int n = more_warm_up(warm_up_s_, budget);
  if (n > 0) start_.expect({});  // a library's first call may take ten times as long as those that follow
  for (; n > 0; n = more_warm_up(warm_up_s_, budget)) append(warm_up_s_, run_batch(n, subject_.refresh).local_max_s);
  warm_up_time_ = Seconds{sum_of(warm_up_s_)};
  return {.iterations = static_cast<int>(warm_up_s_.size()), .steady = is_steady(warm_up_s_)};
}

Samples Sampler::measure(const RowBudget& budget) {
  Samples samples;
  for (int n = more_iterations({}, budget); n > 0;
       n = more_iterations(samples.makespan_s, budget, samples.refreshing)) {
    const Samples batch = run_batch(n, subject_.refresh);
    append(samples.makespan_s, batch.makespan_s);
    append(samples.local_max_s, batch.local_max_s);
    append(samples.observations, batch.observations);
    samples.refreshing += batch.refreshing;
    if (batch.late_starts) samples.late_starts = samples.late_starts.value_or(0) + *batch.late_starts;
  }
  return samples;
}

}  // namespace ringtrue
