#include "validate/precision.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace ringtrue {

std::vector<ScalePrecision> precision_of(std::span<const MeasuredRow> rows) {
  std::map<std::pair<std::string, int>, std::vector<const MeasuredRow*>> scales;
  for (const MeasuredRow& row : rows)
    if (row.purpose == Purpose::score) scales[{row.system_id, row.experiment.ranks}].push_back(&row);
  std::vector<ScalePrecision> all;
  for (const auto& [place, scored] : scales) {
    double logs = 0;
    for (const MeasuredRow* row : scored) logs += std::log(row->interval_s.upper / row->interval_s.lower) / 2;
    const int launches = (*std::ranges::min_element(scored, {}, &MeasuredRow::launches))->launches;
    const double half_width =
        launches < 2 ? std::numeric_limits<double>::infinity() : std::expm1(logs / static_cast<double>(scored.size()));
    all.push_back({.system_id = place.first, .ranks = place.second, .launches = launches, .half_width = half_width});
  }
  return all;
}

}  // namespace ringtrue
