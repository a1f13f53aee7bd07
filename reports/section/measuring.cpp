#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"
#include "validate/precision.hpp"

namespace ringtrue {
namespace {

/// Conditions of one system and scale, over its rows, scored and shown.
struct ScaleConditions {
  Conditions sum;
  Seconds large_wall{}, large_outside{};
};

void add(const MeasuredRow& row, ScaleConditions& scale) {
  const Conditions& c = row.conditions;
  scale.sum.judged += c.judged;
  scale.sum.non_stationary += c.non_stationary;
  scale.sum.warmed_up += c.warmed_up;
  scale.sum.not_steady += c.not_steady;
  scale.sum.samples += c.samples;
  scale.sum.outliers += c.outliers;
  if (message_bytes(row.experiment) < least_large_message) return;
  scale.large_wall += c.wall;
  scale.large_outside += c.outside;
}

/// How well the launches know their medians, and whether that is what was asked for.
std::string precision_text(const ScalePrecision& scale, const Comparison& comparison) {
  if (scale.launches < 2) return "unknown";
  std::string width = fmt::format("± {}", format_percent(scale.half_width));
  if (comparison.precision == 0) return width;
  return width + (scale.enough(comparison.precision, comparison.least_launches) ? ", enough" : ", not enough");
}

std::string goal_text(double precision) {
  if (precision == 0) return "";
  return fmt::format("; launches went on until it was {} or their time was up", format_percent(precision));
}

std::string share(double part, double whole) { return whole > 0 ? format_percent(part / whole) : "-"; }

std::string count_and_share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{} of {} ({})", part, whole, share(static_cast<double>(part), static_cast<double>(whole)));
}

}  // namespace

bool says_how_measured(const Comparison& comparison) {
  return std::ranges::any_of(comparison.measured, [](const MeasuredRow& row) {
    return row.conditions.judged > 0 || row.conditions.warmed_up > 0 || row.conditions.samples > 0;
  });
}

Section measuring_section(const Comparison& comparison) {
  std::map<std::pair<std::string, int>, ScaleConditions> scales;
  for (const MeasuredRow& row : comparison.measured) add(row, scales[{row.system_id, row.experiment.ranks}]);
  std::map<std::pair<std::string, int>, ScalePrecision> precisions;
  for (const ScalePrecision& scale : precision_of(comparison.measured))
    precisions[{scale.system_id, scale.ranks}] = scale;
  Table table{{{"system"},
               {"ranks", Align::right},
               {"launches", Align::right},
               {"medians known to", Align::right},
               {"outliers of samples", Align::right},
               {"conditions changed", Align::right},
               {"warm-up not steady", Align::right},
               {"outside iterations", Align::right}},
              {}};
  for (const auto& [place, scale] : scales)
    table.rows.push_back({place.first, fmt::format("{}", place.second), fmt::format("{}", precisions[place].launches),
                          precision_text(precisions[place], comparison),
                          count_and_share(scale.sum.outliers, scale.sum.samples),
                          count_and_share(scale.sum.non_stationary, scale.sum.judged),
                          count_and_share(scale.sum.not_steady, scale.sum.warmed_up),
                          share(scale.large_outside.count(), scale.large_wall.count())});
  return {
      "How measuring went",
      {Paragraph{{{fmt::format(
           "Medians known to: half of the 95 % interval of the median over launches, geometric mean over the scored "
           "rows{}. Nothing of this was dropped. Outliers: samples above three medians of their row and launch. "
           "Conditions changed: rows, each launch for itself, with a step of {} or more among their samples. Outside "
           "iterations: "
           "wall time of rows of {} and more that went to neither warm-up nor timed iterations.",
           goal_text(comparison.precision), format_percent(least_step_ratio - 1), to_string(least_large_message))}}},
       table}};
}

}  // namespace ringtrue
