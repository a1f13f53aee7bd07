#pragma once

#include <string>
#include <vector>

#include "validate/comparison.hpp"

namespace ringtrue {

/// A sentence that a rule derived from the numbers; a rule that does not apply says nothing.
struct Finding {
  std::string rule;  ///< e.g. `bias-direction`.
  std::string text;
};
using Findings = std::vector<Finding>;

/// All rules, in a fixed order.
Findings findings_of(const Comparison& comparison);

/// What the errors say: extremes, bias, noise, worst row, other models, ASTRA-sim, ranking.
Findings accuracy_findings(const Comparison& comparison);
/// What the measurements say: our ring against the library, clocks, machine states, the bound, lints.
Findings measurement_findings(const Comparison& comparison);

}  // namespace ringtrue
