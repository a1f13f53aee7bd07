#include <map>
#include <set>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

/// The ratios of one system and scale; columns are baselines.
struct RatioGroup {
  std::map<Bytes, std::map<std::string, double>> by_bytes;
  std::map<std::string, double> geomeans;
};
using Groups = std::map<std::pair<std::string, int>, RatioGroup>;

Groups groups_of(const Comparison& comparison) {
  Groups groups;
  for (const RingRatio& ratio : comparison.ring_ratios) {
    RatioGroup& group = groups[{ratio.system_id, ratio.ranks}];
    for (const auto& [bytes, value] : ratio.by_bytes) group.by_bytes[bytes][ratio.baseline] = value;
    if (!ratio.by_bytes.empty()) group.geomeans[ratio.baseline] = ratio.geomean;
  }
  return groups;
}

std::set<std::string> baselines_of(const Comparison& comparison) {
  std::set<std::string> names;
  for (const RingRatio& ratio : comparison.ring_ratios) names.insert(ratio.baseline);
  return names;
}

std::vector<std::string> row_of(std::vector<std::string> cells, const std::set<std::string>& baselines,
                                const std::map<std::string, double>& values) {
  for (const std::string& baseline : baselines) {
    const auto found = values.find(baseline);
    cells.push_back(found == values.end() ? "-" : format_ratio(found->second));
  }
  return cells;
}

Table table_of(const Comparison& comparison) {
  const std::set<std::string> baselines = baselines_of(comparison);
  Table table{{{"scale"}, {"system"}, {"message", Align::right}}, {}};
  for (const std::string& baseline : baselines) table.columns.push_back({"ring / " + baseline, Align::right});
  for (const auto& [where, group] : groups_of(comparison)) {
    const auto& [system_id, ranks] = where;
    for (const auto& [bytes, values] : group.by_bytes)
      table.rows.push_back(row_of({format_scale(ranks), system_id, to_string(bytes)}, baselines, values));
    table.rows.push_back(row_of({format_scale(ranks), system_id, "geomean"}, baselines, group.geomeans));
  }
  return table;
}

}  // namespace

Section ring_ratio_section(const Comparison& comparison) {
  Section section{"Our ring against the library", {}};
  if (comparison.ring_ratios.empty()) {
    section.blocks.emplace_back(Paragraph{{{"The library's All-Reduce was not measured beside ours."}}});
    return section;
  }
  section.blocks.emplace_back(
      Paragraph{{{"Time of our ring over time of the library's All-Reduce, measured in the same launches and paired by "
                  "machine state, "
                  "median over launches. Below 1 ours is faster. library is what the MPI library chooses by itself, "
                  "library_ring its "
                  "own ring."}}});
  section.blocks.emplace_back(table_of(comparison));
  return section;
}

}  // namespace ringtrue
