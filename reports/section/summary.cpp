#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/system.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"
#include "reports/testbeds.hpp"

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
  if (comparison.verdicts.empty() && comparison.undecided.empty() && missing == 0) return "No budget was judged.";
  std::string text =
      fmt::format("Of {}, {} passed, {} failed and {} stayed inconclusive.",
                  count_of(comparison.verdicts.size(), "budget"), verdicts_with(comparison, Outcome::pass),
                  verdicts_with(comparison, Outcome::fail), verdicts_with(comparison, Outcome::inconclusive));
  if (missing > 0)
    text += fmt::format(" {} that had to be compared found no partner, and that fails.", count_of(missing, "row"));
  if (!comparison.undecided.empty())
    text += fmt::format(" Not decided: {}, listed below.", count_of(comparison.undecided.size(), "budget"));
  return text;
}

/// `text` of the comparison; if there are several test beds, of each by itself: `cluster: 16; host: 14`.
std::string by_testbed(const Comparison& comparison, const std::function<std::string(const Comparison&)>& text) {
  const std::vector<std::string> beds = testbeds(comparison);
  if (beds.size() < 2) return text(comparison);
  std::string all;
  for (const std::string& bed : beds)
    all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", bed, text(on_testbed(comparison, bed)));
  return all;
}

std::string outcome_of(const Comparison& comparison) {
  const Outcome outcome = comparison.outcome();
  return comparison.verdicts.empty() && outcome == Outcome::pass ? "no verdict" : std::string(to_string(outcome));
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
  const auto scored = [](const Comparison& c) { return fmt::format("{}", scored_rows(c).size()); };
  table.rows = {{"outcome", std::string(to_string(comparison.outcome()))},
                {"scored experiments measured", by_testbed(comparison, scored)},
                {"published points compared", fmt::format("{}", published_points(comparison))},
                {"pairs of reference and prediction", fmt::format("{}", comparison.pairs.size())},
                {"scales", scale_list(scales(comparison))},
                {"launches", by_testbed(comparison, launches_per_scale)},
                {"measured systems", list_or_none(measured_systems(comparison))},
                {"models", list_or_none(models(comparison))}};
  if (!scored_steps(comparison).empty()) {
    const auto steps = [](const Comparison& c) { return fmt::format("{}", scored_steps(c).size()); };
    table.rows.insert(table.rows.begin() + 2, {"training steps measured", by_testbed(comparison, steps)});
  }
  if (testbeds(comparison).size() > 1)
    table.rows.insert(table.rows.begin() + 1, {"outcome on each test bed", by_testbed(comparison, outcome_of)});
  return table;
}

/// `p2`, or `p2 training`.
std::string scale_of(const Verdict& verdict) {
  return format_scale(verdict.ranks) + (verdict.regime == Regime::training ? " training" : "");
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
    const Aggregate* a = judged_aggregate(comparison, v);
    table.rows.push_back({scale_of(v), v.model, v.system_id, format_percent(v.budget),
                          a == nullptr ? "-" : format_percent_interval(a->log_error, a->log_error_interval),
                          std::string(to_string(v.outcome)), v.reason});
  }
  if (testbeds(comparison).size() < 2) return table;
  table.columns.insert(table.columns.begin(), {"test bed"});
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    table.rows[i].insert(table.rows[i].begin(), testbed_of(comparison.verdicts[i].system_id));
  return table;
}

BulletList undecided_list(const Comparison& comparison) {
  BulletList list;
  for (const Budget& b : comparison.undecided)
    list.items.push_back(
        fmt::format("Not decided: the budget of {} for {} on test bed {} at {}, which was neither "
                    "asked for nor measured.",
                    format_percent(b.log_error), b.model, b.testbed, format_scale(b.ranks)));
  return list;
}

std::string place_of(const std::vector<std::string>& beds) {
  return beds.size() < 2 ? "" : fmt::format(" on the test beds {}", enumerate(beds));
}

std::string training_lead(const Comparison& comparison) {
  const std::size_t steps = scored_steps(comparison).size();
  return steps == 0 ? "" : fmt::format(" Data-parallel training: {} measured.", count_of(steps, "training step"));
}

/// Nothing if training alone was measured.
std::string all_reduce_lead(const Comparison& comparison) {
  if (scored_rows(comparison).empty() && !scored_steps(comparison).empty()) return "";
  return fmt::format(" Ring All-Reduce measured in {}{} and compared with {} at {}.",
                     count_of(scored_rows(comparison).size(), "experiment"), place_of(testbeds(comparison)),
                     count_of(models(comparison).size(), "model"),
                     scales(comparison).empty() ? "no scale" : scale_list(scales(comparison)));
}

Paragraph lead_of(const Comparison& comparison) {
  return {{{"Outcome: "},
           {std::string(to_string(comparison.outcome())), true},
           {". " + reason_of(comparison) + all_reduce_lead(comparison) + training_lead(comparison)}}};
}

}  // namespace

Section summary_section(const Comparison& comparison) {
  Section section{"Summary", {lead_of(comparison), overview_of(comparison)}};
  if (!comparison.verdicts.empty()) section.blocks.emplace_back(verdict_table(comparison));
  if (!comparison.undecided.empty()) section.blocks.emplace_back(undecided_list(comparison));
  return section;
}

}  // namespace ringtrue
