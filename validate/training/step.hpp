#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "experiment/experiment.hpp"
#include "experiment/record/phases.hpp"

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
  Phases phases;                      ///< Of each the median over launches.
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

/// Of each phase the median over those that have it.
Phases median_phases(std::span<const Phases> all);

/// Forward, backward and update.
Seconds compute_of(const Phases& phases);
/// 1 - exposed / communication; nothing without communication. Below zero where more than the exchange is exposed.
std::optional<double> overlap_fraction(const Phases& phases);
/// Share of the step that is exposed communication. Requires step > 0.
double overhead_of(const Phases& phases, Seconds step);

/// Images of all ranks per second. Requires step > 0.
double images_per_second(const TrainingStep& step, int ranks, Seconds time);

/// (images/s at `ranks` / ranks) / (images/s of the base / ranks of the base): 1 is perfect scaling, weak where both
/// have one batch per rank, strong where both have one global batch.
double scaling_efficiency(double images, int ranks, double base_images, int base_ranks);

/// Not rounded, as phases_json does for records.
Json exact_phases_json(const Phases& phases);
Json to_json(const TrainingDetails& details);
Json to_json(const TrainingPrediction& prediction);
/// As written into a comparison. Strict. Throw Error.
TrainingDetails parse_training_details(const Json& json, const std::string& where);
TrainingPrediction parse_training_prediction(const Json& json, const std::string& where);

}  // namespace ringtrue
