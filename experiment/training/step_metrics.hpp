#pragma once

#include <optional>
#include <string>

#include "experiment/experiment.hpp"
#include "experiment/record/phases.hpp"

namespace ringtrue {

/// Forward, backward and update.
Seconds compute_of(const Phases& phases);
/// `compute`, which needs forward, backward and update, or the phase of that name.
std::optional<Seconds> part_of(const Phases& phases, const std::string& name);
/// 1 - exposed / communication; nothing without communication.
std::optional<double> overlap_fraction(const Phases& phases);
/// Share of the step that is exposed communication. Requires step > 0.
double overhead_of(const Phases& phases, Seconds step);

/// Images of all ranks per second. Requires step > 0.
double images_per_second(const TrainingStep& step, int ranks, Seconds time);

/// (images/s at `ranks` / ranks) / (images/s of the base / ranks of the base): 1 is perfect scaling, weak where both
/// have one batch per rank, strong where both have one global batch.
double scaling_efficiency(double images, int ranks, double base_images, int base_ranks);

}  // namespace ringtrue
