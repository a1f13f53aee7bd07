#include "bench/row/trial.hpp"

#include <nlohmann/json.hpp>

#include "bench/row/append.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

Phases median_over_iterations(const std::vector<Observation>& observations) {
  std::vector<Phases> phases;
  for (const Observation& seen : observations) phases.push_back(seen.phases);
  return median_phases(phases);
}

std::vector<double> losses_of(const Experiment& experiment, const std::vector<Observation>& observations) {
  std::vector<double> losses;
  if (as_training(experiment) == nullptr) return losses;
  for (const Observation& seen : observations) losses.push_back(seen.loss);
  return losses;
}

/// True for what is compared with the right answer.
bool has_result(const Experiment& experiment) {
  return as_collective(experiment) != nullptr || as_training(experiment) != nullptr;
}

}  // namespace

Measurement measurement_of(const SuiteRow& row, const std::vector<Trial>& trials, const Place& place) {
  std::vector<Seconds> makespans, local_maxima;
  std::vector<Observation> observations;
  WarmUp warm_up{.iterations = 0, .steady = true};
  WallTime wall;
  std::optional<int> late_starts;
  for (const Trial& trial : trials) {
    append(makespans, trial.samples.makespan_s);
    append(local_maxima, trial.samples.local_max_s);
    append(observations, trial.samples.observations);
    if (trial.samples.late_starts) late_starts = late_starts.value_or(0) + *trial.samples.late_starts;
    warm_up.iterations += trial.warm_up.iterations;
    warm_up.steady = warm_up.steady && trial.warm_up.steady;
    wall += trial.wall;
  }
  return {.purpose = row.purpose,
          .time = summarize(makespans),
          .clock = place.common_clock ? Clock::makespan : Clock::local_max,
          .local_max_median = summarize(local_maxima).median,
          .samples = makespans,
          .canary = trials.back().canary,
          .verified = has_result(row.experiment),
          .oversubscribed = ranks_per_core(row.experiment.ranks, place.system) > 1,
          .warm_up = warm_up,
          .stationarity = judge_stationarity(makespans),
          .outliers = count_outliers(makespans),
          .late_starts = late_starts,
          .wall = wall,
          .phases = median_over_iterations(observations),
          .losses = losses_of(row.experiment, observations)};
}

}  // namespace ringtrue
