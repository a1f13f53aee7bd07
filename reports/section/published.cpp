#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

/// One published number: where, what, when, and who printed it.
struct Point {
  int ranks = 0;
  std::string system_id;
  Bytes bytes;
  Seconds time{};
  std::string source;
  auto operator<=>(const Point&) const = default;
};

/// The first pair of a point speaks for what all its pairs share.
using Predictions = std::map<std::string, const Pair*>;
using Points = std::map<Point, Predictions>;

Points points_of(const Comparison& comparison) {
  Points points;
  for (const Pair& p : comparison.pairs)
    if (p.published)
      points[{p.experiment.ranks, p.system_id, message_bytes(p.experiment), p.reference, p.reference_source}][p.model] =
          &p;
  return points;
}

/// Ours first, ASTRA-sim's own last.
std::vector<std::string> models_of(const Points& points) {
  std::set<std::string> names;
  for (const auto& [point, predictions] : points)
    for (const auto& [model, pair] : predictions) names.insert(model);
  const bool astra = names.erase(std::string(astra_model)) > 0;
  std::vector<std::string> ordered(names.begin(), names.end());
  if (astra) ordered.emplace_back(astra_model);
  return ordered;
}

std::string time_with_sigma(const Pair& pair) {
  const std::string time = format_time(pair.reference);
  return pair.reference_sigma.count() > 0 ? fmt::format("{} +- {}", time, format_time(pair.reference_sigma)) : time;
}

std::string matched_any_of(const Predictions& predictions) {
  std::vector<std::string> fields;
  for (const auto& [model, pair] : predictions)
    if (!pair->matched_any.empty() && std::ranges::find(fields, pair->matched_any) == fields.end())
      fields.push_back(pair->matched_any);
  return fields.empty() ? "-" : enumerate(fields);
}

std::vector<std::string> row_of(const Point& point, const Predictions& predictions,
                                const std::vector<std::string>& models) {
  const Pair& any = *predictions.begin()->second;
  std::vector<std::string> cells{format_scale(point.ranks), point.system_id, to_string(point.bytes),
                                 time_with_sigma(any), any.how_read.empty() ? "-" : any.how_read};
  for (const std::string& model : models) {
    const auto found = predictions.find(model);
    const Pair* pair = found == predictions.end() ? nullptr : found->second;
    cells.push_back(pair == nullptr ? "-" : format_time(pair->simulated));
    cells.push_back(pair == nullptr ? "-" : format_signed_percent(error_of(*pair)));
  }
  cells.push_back(matched_any_of(predictions));
  return cells;
}

Table point_table(const Points& points) {
  const std::vector<std::string> models = models_of(points);
  Table table{{{"scale"}, {"system"}, {"message", Align::right}, {"published", Align::right}, {"how read"}}, {}};
  for (const std::string& model : models) {
    table.columns.push_back({model, Align::right});
    table.columns.push_back({"error", Align::right});
  }
  table.columns.push_back({"matched any"});
  for (const auto& [point, predictions] : points) table.rows.push_back(row_of(point, predictions, models));
  return table;
}

BulletList sources_of(const Points& points) {
  std::set<std::string> sources;
  for (const auto& [point, predictions] : points) sources.insert(point.source);
  BulletList list;
  for (const std::string& source : sources) list.items.push_back("Source of published times: " + source);
  return list;
}

bool is_published_whole(const Aggregate& a) { return a.published && a.regime == Regime::all; }

std::string scalar_text(const Comparison& comparison, int ranks) {
  std::vector<std::string> texts;
  for (const PublishedScalar* s : astra_scalars(comparison, ranks))
    texts.push_back(s->as_printed.empty() ? format_percent(s->value) : s->as_printed);
  return texts.empty() ? "-" : enumerate(texts);
}

Table geomean_table(const Comparison& comparison) {
  Table table{{{"scale"},
               {"model"},
               {"system"},
               {"rows", Align::right},
               {"log error", Align::right},
               {"geomean of |e|", Align::right},
               {"ASTRA-sim's published geomean", Align::right}},
              {}};
  for (const Aggregate& a : comparison.aggregates)
    if (is_published_whole(a))
      table.rows.push_back({format_scale(a.ranks), a.model, a.system_id, fmt::format("{}", a.rows),
                            format_percent(a.log_error), format_percent(a.geomean_abs),
                            scalar_text(comparison, a.ranks)});
  return table;
}

Paragraph caveat_of(const Comparison& comparison) {
  return {
      {{fmt::format("The geomean of |e| is ours, exp(mean ln max(|e|, {})), over the rows counted here. The published "
                    "geomean error is shown as printed: its points and its treatment of small errors need not be the "
                    "same, so the two stand side by side and are not one metric. The log error is the one to compare "
                    "between models.",
                    format_exact(comparison.geomean_epsilon))}}};
}

BulletList scalars_of(const Comparison& comparison) {
  BulletList list;
  for (const PublishedScalar& s : comparison.scalars)
    list.items.push_back(fmt::format("{} at {}: printed as {}; source: {}", s.name, format_scale(s.ranks),
                                     s.as_printed.empty() ? format_percent(s.value) : s.as_printed, s.source));
  return list;
}

}  // namespace

Section published_section(const Comparison& comparison) {
  const Points points = points_of(comparison);
  Section section{"Published reference", {}};
  if (points.empty()) {
    section.blocks.emplace_back(Paragraph{{{"No published time was compared."}}});
  } else {
    section.blocks.emplace_back(point_table(points));
    section.blocks.emplace_back(sources_of(points));
  }
  const bool aggregated = std::ranges::any_of(comparison.aggregates, is_published_whole);
  if (aggregated) {
    section.blocks.emplace_back(geomean_table(comparison));
    section.blocks.emplace_back(caveat_of(comparison));
  }
  if (!comparison.scalars.empty()) section.blocks.emplace_back(scalars_of(comparison));
  return section;
}

}  // namespace ringtrue
