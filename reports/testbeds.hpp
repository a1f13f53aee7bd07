#pragma once

#include <string>
#include <vector>

#include "validate/comparison.hpp"

namespace ringtrue {

/// Where was measured, or where a verdict asks for it: first in the order of the verdicts, then of the measured rows.
std::vector<std::string> testbeds(const Comparison& comparison);

/// What was measured on one test bed, and what is said of that. Without published numbers, replications, lints and
/// warnings, which are about no test bed or do not say about which.
Comparison on_testbed(const Comparison& comparison, const std::string& testbed);

/// The rest: what is in none of the test beds' comparisons.
Comparison off_testbeds(const Comparison& comparison);

}  // namespace ringtrue
