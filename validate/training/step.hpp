#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "experiment/experiment.hpp"
#include "experiment/record/phases.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {

/// Step times over the samples of all launches.
struct StepTimes {
  std::int64_t samples = 0;
  Seconds p50{}, p95{};
};

/// Mean over ranks before the first and before the last kept step.
struct LossRange {
  double first = 0, last = 0;
};

/// What computing takes where nothing is exchanged: the layer profile of the same model, batch, ranks and system.
struct ComputeAlone {
  Seconds time{};           ///< Forward, backward and update; median over launches.
  double interference = 1;  ///< Computing in the step / alone, launch by launch, median.
};

/// What a measured training step has beside its time.
struct TrainingDetails {
  Phases phases;  ///< Of each the median over launches.
  /// First and third quartile over launches of `compute`, `communication`, `waiting` and `exposed`; none of a single
  /// launch.
  std::map<std::string, Interval> middle_half_s;
  std::optional<StepTimes> steps;     ///< Nothing if no samples were kept.
  std::optional<LossRange> losses;    ///< Of the launch with the lowest number that has any.
  std::optional<ComputeAlone> alone;  ///< Nothing without a profile in one of the row's launches.
};

/// A training step that a model predicts and nobody measured.
struct TrainingPrediction {
  std::string model;
  Experiment experiment;
  std::string system_id;
  Seconds time{};
  Phases phases;
  bool extrapolated = false;
  std::string assumption;  ///< Where its compute times come from, in the words of its file; empty if it says nothing.
};

/// Not rounded, as phases_json does for records.
Json exact_phases_json(const Phases& phases);
Json to_json(const TrainingDetails& details);
Json to_json(const TrainingPrediction& prediction);
/// As written into a comparison. Strict. Throw Error.
TrainingDetails parse_training_details(const Json& json, const std::string& where);
TrainingPrediction parse_training_prediction(const Json& json, const std::string& where);

}  // namespace ringtrue
