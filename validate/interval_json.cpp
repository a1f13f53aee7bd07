#include "validate/interval_json.hpp"

#include <vector>

#include <nlohmann/json.hpp>

namespace ringtrue {

Json json_of(const Interval& interval) { return Json::array({interval.lower, interval.upper}); }

Interval read_interval(ObjectReader& reader, const std::string& key) {
  const std::vector<double> bounds = reader.numbers(key);
  if (bounds.size() != 2) reader.refuse(key, "two numbers, lower and upper");
  return {bounds[0], bounds[1]};
}

}  // namespace ringtrue
