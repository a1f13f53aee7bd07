#pragma once

#include <string>

#include "experiment/json.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {

/// `[lower, upper]`.
Json json_of(const Interval& interval);
/// Throws Error.
Interval read_interval(ObjectReader& reader, const std::string& key);

}  // namespace ringtrue
