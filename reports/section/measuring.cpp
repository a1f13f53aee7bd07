#include <algorithm>
#include <map>
#include <tuple>

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
  scale.sum.together += c.together;
  scale.sum.late += c.late;
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

/// System, ranks, whether of training.
using MeasuredPlace = std::tuple<std::string, int, bool>;

MeasuredPlace place_of(const MeasuredRow& row) {
  return {row.system_id, row.experiment.ranks, as_training(row.experiment) != nullptr};
}

std::string ranks_cell(const MeasuredPlace& place) {
  return fmt::format("{}{}", std::get<1>(place), std::get<2>(place) ? ", training" : "");
}

std::map<MeasuredPlace, ScalePrecision> precisions_of(const Comparison& comparison, bool training) {
  std::vector<MeasuredRow> rows = comparison.measured;
  std::erase_if(rows, [&](const MeasuredRow& row) { return std::get<2>(place_of(row)) != training; });
  std::map<MeasuredPlace, ScalePrecision> precisions;
  for (const ScalePrecision& scale : precision_of(rows)) precisions[{scale.system_id, scale.ranks, training}] = scale;
  return precisions;
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
  std::map<MeasuredPlace, ScaleConditions> scales;
  for (const MeasuredRow& row : comparison.measured) add(row, scales[place_of(row)]);
  std::map<MeasuredPlace, ScalePrecision> precisions = precisions_of(comparison, false);
  precisions.merge(precisions_of(comparison, true));
  Table table{{{"system"},
               {"ranks", Align::right},
               {"launches", Align::right},
               {"medians known to", Align::right},
               {"outliers of samples", Align::right},
               {"late starts", Align::right},
               {"conditions changed", Align::right},
               {"warm-up not steady", Align::right},
               {"outside iterations", Align::right}},
              {}};
  for (const auto& [place, scale] : scales)
    table.rows.push_back({std::get<0>(place), ranks_cell(place), fmt::format("{}", precisions[place].launches),
                          precision_text(precisions[place], comparison),
                          count_and_share(scale.sum.outliers, scale.sum.samples),
                          count_and_share(scale.sum.late, scale.sum.together),
                          count_and_share(scale.sum.non_stationary, scale.sum.judged),
                          count_and_share(scale.sum.not_steady, scale.sum.warmed_up),
                          share(scale.large_outside.count(), scale.large_wall.count())});
  return {
      "How measuring went",
      {Paragraph{{{fmt::format(
           "Medians known to: half of the 95 % interval of the median over launches, geometric mean over the scored "
           "rows{}. Nothing of this was dropped. Outliers: samples above three medians of their row and launch. "
           "Late starts: samples of which some rank learnt too late when to begin; \"-\" where a barrier began them. "
           "Conditions changed: rows, each launch for itself, with a step of {} or more among their samples. Outside "
           "iterations: "
           "wall time of rows of {} and more that went to neither warm-up nor timed iterations.",
           goal_text(comparison.precision), format_percent(least_step_ratio - 1), to_string(least_large_message))}}},
       table}};
}

}  // namespace ringtrue
