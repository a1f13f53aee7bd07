#pragma once

#include <string>

#include "experiment/json.hpp"
#include "experiment/training/model.hpp"
#include "sim/training/step.hpp"

namespace ringtrue {

/// What one rank computes in a training step where nobody measured its layers: an assumption, whose reasons `source`
/// gives.
struct StatedProfile {
  std::string model;
  int batch = 1;  ///< Images a rank.
  Seconds forward{}, backward{}, update{};
  std::string source;
};

/// Its totals spread over the layers by their forward_flop; layers without multiplications take no time.
StepCosts costs_of(const StatedProfile& profile, const Model& model);

Json to_json(const StatedProfile& profile);
/// Strict. Throws Error.
StatedProfile parse_stated_profile(const Json& json, const std::string& where);

}  // namespace ringtrue
