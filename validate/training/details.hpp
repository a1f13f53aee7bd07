#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>

#include "experiment/record/record.hpp"
#include "validate/training/step.hpp"

namespace ringtrue {

/// What computing alone took, by experiment_key of the layer profile and system, then by launch.
using LayerProfiles = std::map<std::pair<std::string, std::string>, std::map<int, Seconds>>;

LayerProfiles layer_profiles(std::span<const Record> records);

/// Of one training step. Requires at least one record, all measured, of one experiment and system.
TrainingDetails training_details(std::span<const Record* const> launches, const LayerProfiles& profiles);

}  // namespace ringtrue
