#pragma once

#include <string>

#include "validate/comparison.hpp"

namespace ringtrue {

/// The comparison as it was read, beside what the report derives from it: outcome, findings, limitations.
/// `comparison_json` is the text that `comparison` was parsed from.
std::string to_report_json(const Json& comparison_json, const Comparison& comparison);

}  // namespace ringtrue
