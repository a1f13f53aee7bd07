#include "validate/training/details.hpp"

#include <algorithm>
#include <cassert>
#include <vector>

#include <nlohmann/json.hpp>

#include "experiment/record/summary.hpp"
#include "experiment/training/step_metrics.hpp"

namespace ringtrue {
namespace {

using StepLaunches = std::span<const Record* const>;

const Measurement& measurement_of(const Record& record) { return std::get<Measurement>(record.result); }

std::optional<StepTimes> step_times(StepLaunches launches) {
  std::vector<double> samples;
  for (const Record* record : launches)
    for (const Seconds sample : measurement_of(*record).samples) samples.push_back(sample.count());
  if (samples.empty()) return std::nullopt;
  std::ranges::sort(samples);
  return StepTimes{.samples = static_cast<std::int64_t>(samples.size()),
                   .p50 = Seconds{quantile_of_sorted(samples, 0.5)},
                   .p95 = Seconds{quantile_of_sorted(samples, 0.95)}};
}

std::optional<LossRange> loss_range(StepLaunches launches) {
  const Record* first = nullptr;
  for (const Record* record : launches)
    if (!measurement_of(*record).losses.empty() && (first == nullptr || record->launch < first->launch)) first = record;
  if (first == nullptr) return std::nullopt;
  return LossRange{.first = measurement_of(*first).losses.front(), .last = measurement_of(*first).losses.back()};
}

std::map<std::string, Interval> middle_half(std::span<const Phases> launches) {
  std::map<std::string, Interval> halves;
  for (const char* part : {"compute", "communication", "waiting", "exposed"}) {
    std::vector<double> times;
    for (const Phases& phases : launches)
      if (const std::optional<Seconds> time = part_of(phases, part)) times.push_back(time->count());
    if (times.size() < 2) continue;
    std::ranges::sort(times);
    halves[part] = {.lower = quantile_of_sorted(times, 0.25), .upper = quantile_of_sorted(times, 0.75)};
  }
  return halves;
}

/// Launch by launch, as a slow machine is slow in both.
std::optional<ComputeAlone> compute_alone(StepLaunches launches, const LayerProfiles& profiles) {
  const Experiment& e = launches.front()->experiment;
  const TrainingStep& step = *as_training(e);
  const Experiment profile{LayerProfile{step.model, step.gradients, step.batch}, e.ranks};
  const auto found = profiles.find({experiment_key(profile), launches.front()->system_id});
  if (found == profiles.end()) return std::nullopt;
  std::vector<double> times;
  std::vector<double> ratios;
  for (const Record* record : launches) {
    const auto alone = found->second.find(record->launch);
    if (alone == found->second.end()) continue;
    times.push_back(alone->second.count());
    ratios.push_back(compute_of(measurement_of(*record).phases) / alone->second);
  }
  if (times.empty()) return std::nullopt;
  return ComputeAlone{.time = Seconds{median(std::move(times))}, .interference = median(std::move(ratios))};
}

}  // namespace

LayerProfiles layer_profiles(std::span<const Record> records) {
  LayerProfiles profiles;
  for (const Record& record : records) {
    if (!std::holds_alternative<LayerProfile>(record.experiment.workload)) continue;
    const Seconds compute = compute_of(measurement_of(record).phases);
    if (compute > Seconds{0}) profiles[{experiment_key(record.experiment), record.system_id}][record.launch] = compute;
  }
  return profiles;
}

TrainingDetails training_details(StepLaunches launches, const LayerProfiles& profiles) {
  assert(!launches.empty());
  std::vector<Phases> phases;
  for (const Record* record : launches) phases.push_back(measurement_of(*record).phases);
  return {.phases = median_phases(phases),
          .middle_half_s = middle_half(phases),
          .steps = step_times(launches),
          .losses = loss_range(launches),
          .alone = compute_alone(launches, profiles)};
}

}  // namespace ringtrue
