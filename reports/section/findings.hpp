#pragma once

#include <functional>
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
using FindingRules = std::function<Findings(const Comparison&)>;

/// All rules, in a fixed order.
Findings findings_of(const Comparison& comparison);

/// What the rules find in the comparison. Where there are several test beds: in each by itself, in sentences that begin
/// with its name, then in what is about none of them.
Findings by_testbed(const Comparison& comparison, const FindingRules& rules);

/// What the errors say: extremes, bias, noise, worst row, other models, ASTRA-sim, ranking.
Findings accuracy_findings(const Comparison& comparison);
/// What the measurements say: our ring against the library, clocks, machine states, the bound, lints.
Findings measurement_findings(const Comparison& comparison);
/// What training steps say: errors of their times, and choices of buckets and overlap that a model gets wrong.
Findings training_findings(const Comparison& comparison);

}  // namespace ringtrue
