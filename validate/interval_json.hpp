#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "experiment/json.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {

inline Json json_of(const Interval& interval) { return Json::array({interval.lower, interval.upper}); }

/// Throws Error.
inline Interval read_interval(ObjectReader& reader, const std::string& key) {
  const std::vector<double> bounds = reader.numbers(key);
  if (bounds.size() != 2) reader.refuse(key, "two numbers, lower and upper");
  return {bounds[0], bounds[1]};
}

}  // namespace ringtrue
