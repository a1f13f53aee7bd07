#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

std::size_t verdicts_with(const Comparison& comparison, Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count(comparison.verdicts, outcome, &Verdict::outcome));
}

std::size_t failing_unpaired(const Comparison& comparison) {
  return static_cast<std::size_t>(std::ranges::count(comparison.unpaired, true, &Unpaired::fails));
}

/// Why the outcome is what it is, in numbers.
std::string reason_of(const Comparison& comparison) {
  const std::size_t missing = failing_unpaired(comparison);
  if (comparison.verdicts.empty() && missing == 0) return "No budget was judged.";
  std::string text =
      fmt::format("Of {}, {} passed, {} failed and {} stayed inconclusive.",
                  count_of(comparison.verdicts.size(), "budget"), verdicts_with(comparison, Outcome::pass),
                  verdicts_with(comparison, Outcome::fail), verdicts_with(comparison, Outcome::inconclusive));
  if (missing > 0)
    text += fmt::format(" {} that had to be compared found no partner, and that fails.", count_of(missing, "row"));
  return text;
}

std::string scale_list(const std::vector<int>& ranks) {
  std::vector<std::string> names;
  names.reserve(ranks.size());
  for (const int p : ranks) names.push_back(format_scale(p));
  return names.empty() ? "none" : enumerate(names);
}

std::string list_or_none(const std::vector<std::string>& items) { return items.empty() ? "none" : enumerate(items); }

/// Fewest and most launches of a scored row per scale: `p2: 6, p4: 5 to 6`.
std::string launches_per_scale(const Comparison& comparison) {
  std::map<int, std::pair<int, int>> bounds;
  for (const MeasuredRow* row : scored_rows(comparison)) {
    auto& [least, most] = bounds.try_emplace(row->experiment.ranks, row->launches, row->launches).first->second;
    least = std::min(least, row->launches);
    most = std::max(most, row->launches);
  }
  std::string text;
  for (const auto& [ranks, least_most] : bounds) {
    const auto& [least, most] = least_most;
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", format_scale(ranks), least);
    if (most != least) text += fmt::format(" to {}", most);
  }
  return text.empty() ? "none" : text;
}

std::size_t published_points(const Comparison& comparison) {
  std::set<std::tuple<std::string, int, std::int64_t>> points;
  for (const Pair& p : comparison.pairs)
    if (p.published) points.insert({p.system_id, p.experiment.ranks, message_bytes(p.experiment).count});
  return points.size();
}

Table overview_of(const Comparison& comparison) {
  Table table{{{"what"}, {"value"}}, {}};
  table.rows = {{"outcome", std::string(to_string(comparison.outcome()))},
                {"scored experiments measured", fmt::format("{}", scored_rows(comparison).size())},
                {"published points compared", fmt::format("{}", published_points(comparison))},
                {"pairs of reference and prediction", fmt::format("{}", comparison.pairs.size())},
                {"scales", scale_list(scales(comparison))},
                {"launches", launches_per_scale(comparison)},
                {"measured systems", list_or_none(measured_systems(comparison))},
                {"models", list_or_none(models(comparison))}};
  return table;
}

const Aggregate* aggregate_of(const Comparison& comparison, const Verdict& verdict) {
  const auto same = [&](const Aggregate& a) {
    return a.regime == Regime::all && a.ranks == verdict.ranks && a.model == verdict.model &&
           a.system_id == verdict.system_id;
  };
  const auto found = std::ranges::find_if(comparison.aggregates, same);
  return found == comparison.aggregates.end() ? nullptr : &*found;
}

Table verdict_table(const Comparison& comparison) {
  Table table{{{"scale"},
               {"model"},
               {"system"},
               {"budget", Align::right},
               {"log error [95 %]", Align::right},
               {"verdict"},
               {"reason"}},
              {}};
  for (const Verdict& v : comparison.verdicts) {
    const Aggregate* a = aggregate_of(comparison, v);
    table.rows.push_back({format_scale(v.ranks), v.model, v.system_id, format_percent(v.budget),
                          a == nullptr ? "-" : format_percent_interval(a->log_error, a->log_error_interval),
                          std::string(to_string(v.outcome)), v.reason});
  }
  return table;
}

Paragraph lead_of(const Comparison& comparison) {
  const std::string what =
      fmt::format(" Ring All-Reduce measured in {} and compared with {} at {}.",
                  count_of(scored_rows(comparison).size(), "experiment"), count_of(models(comparison).size(), "model"),
                  scales(comparison).empty() ? "no scale" : scale_list(scales(comparison)));
  return {{{"Outcome: "}, {std::string(to_string(comparison.outcome())), true}, {". " + reason_of(comparison) + what}}};
}

}  // namespace

Section summary_section(const Comparison& comparison) {
  Section section{"Summary", {lead_of(comparison), overview_of(comparison)}};
  if (!comparison.verdicts.empty()) section.blocks.emplace_back(verdict_table(comparison));
  return section;
}

}  // namespace ringtrue
