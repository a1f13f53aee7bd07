#include "reports/section/limitations.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/context.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

/// A digitised number with a relative sigma above this limits what an error against it says.
constexpr double notable_sigma = 0.02;

std::string scale_names(const std::set<int>& ranks) {
  std::vector<std::string> names;
  names.reserve(ranks.size());
  for (const int p : ranks) names.push_back(format_scale(p));
  return enumerate(names);
}

/// Scored rows that a rule applies to.
struct Affected {
  std::size_t rows = 0;
  std::set<int> ranks;
};

template <class Applies>
Affected affected_rows(const Comparison& comparison, Applies applies) {
  Affected affected;
  for (const MeasuredRow* row : scored_rows_and_steps(comparison)) {
    if (!applies(*row)) continue;
    ++affected.rows;
    affected.ranks.insert(row->experiment.ranks);
  }
  return affected;
}

Findings nothing_compared(const Comparison& comparison) {
  Findings found;
  if (scored_rows_and_steps(comparison).empty()) found.push_back({"nothing-measured", "No scored row was measured."});
  if (comparison.verdicts.empty()) found.push_back({"no-budget", "No budget was judged, so nothing can pass or fail."});
  if (std::ranges::none_of(comparison.pairs, &Pair::published))
    found.push_back({"nothing-published", "No prediction was compared with a published number."});
  return found;
}

Findings oversubscribed(const Comparison& comparison) {
  const Affected a = affected_rows(comparison, [](const MeasuredRow& row) { return row.oversubscribed; });
  if (a.rows == 0) return {};
  return {{"oversubscribed", fmt::format("{} at {} ran with more ranks than cores: the ranks took turns, and the times "
                                         "include that.",
                                         count_of(a.rows, "scored row"), scale_names(a.ranks))}};
}

Findings few_launches(const Comparison& comparison) {
  const int least = comparison.least_launches;
  const Affected a = affected_rows(comparison, [least](const MeasuredRow& row) { return row.launches < least; });
  if (a.rows == 0) return {};
  return {{"few-launches", fmt::format("Fewer than the {} launches that a verdict needs: {} at {}.", least,
                                       count_of(a.rows, "scored row"), scale_names(a.ranks))}};
}

Findings mixed_states(const Comparison& comparison) {
  const Affected a = affected_rows(comparison, [](const MeasuredRow& row) { return row.states.contains("mixed"); });
  if (a.rows == 0) return {};
  return {{"mixed-states", fmt::format("The machine changed its state during at least one launch of {} at {}.",
                                       count_of(a.rows, "scored row"), scale_names(a.ranks))}};
}

Findings unverified(const Comparison& comparison) {
  const Affected a = affected_rows(comparison, [](const MeasuredRow& row) { return !row.verified; });
  if (a.rows == 0) return {};
  return {{"unverified", fmt::format("The result of {} at {} was not verified in every launch.",
                                     count_of(a.rows, "scored row"), scale_names(a.ranks))}};
}

Findings no_common_clock(const Comparison& comparison) {
  const Affected a = affected_rows(comparison, [](const MeasuredRow& row) { return row.clock == Clock::local_max; });
  if (a.rows == 0) return {};
  return {{"no-common-clock",
           fmt::format("{} at {} had no common clock: their time is the longest of the ranks' own times, "
                       "not first start to last end.",
                       count_of(a.rows, "scored row"), scale_names(a.ranks))}};
}

Findings mean_of_ranks(const Comparison& comparison) {
  const Affected a =
      affected_rows(comparison, [](const MeasuredRow& row) { return row.clock == Clock::mean_of_ranks; });
  if (a.rows == 0) return {};
  return {{"mean-of-ranks",
           fmt::format("{} at {} {} timed by another program: the time is a mean over iterations and over ranks, not "
                       "first start to last end, and the machine's state is unknown.",
                       count_of(a.rows, "scored row"), scale_names(a.ranks), a.rows == 1 ? "was" : "were")}};
}

Findings extrapolated(const Comparison& comparison) {
  std::map<std::string, std::pair<std::size_t, std::set<int>>> by_model;
  for (const Pair& p : comparison.pairs) {
    if (!p.extrapolated) continue;
    by_model[p.model].first += 1;
    by_model[p.model].second.insert(p.experiment.ranks);
  }
  Findings found;
  for (const auto& [model, rows] : by_model)
    found.push_back({"extrapolated", fmt::format("Outside the range that it was fitted on: {} of {} at {}.",
                                                 count_of(rows.first, "prediction"), model, scale_names(rows.second))});
  return found;
}

Findings unpaired_rows(const Comparison& comparison) {
  if (comparison.unpaired.empty()) return {};
  const auto failing = std::ranges::count(comparison.unpaired, true, &Unpaired::fails);
  return {{"unpaired", fmt::format("{} found no partner, {} of them where the gate needs one; they are listed below.",
                                   count_of(comparison.unpaired.size(), "row"), failing)}};
}

Findings no_hold_out(const Comparison& comparison) {
  std::vector<std::string> silent;
  for (const std::string& model : models(comparison))
    if (!says_what_it_was_fitted_on(comparison, model)) silent.push_back(model);
  if (silent.empty()) return {};
  return {{"no-hold-out-information",
           fmt::format(
               "For {} nothing says on which records it was fitted: that these rows were held out cannot be checked.",
               enumerate(silent))}};
}

Findings no_interval(const Comparison& comparison) {
  std::set<std::string> without;
  for (const Aggregate& a : comparison.aggregates)
    if (!a.published && (a.regime == Regime::all || a.regime == Regime::training) &&
        a.log_error_interval.lower == a.log_error && a.log_error_interval.upper == a.log_error)
      without.insert(a.model);
  if (without.empty()) return {};
  return {{"no-interval",
           fmt::format("The log error of {} carries no interval at one scale or more: nothing was resampled.",
                       enumerate({without.begin(), without.end()}))}};
}

bool is_of_kind(const Comparison& comparison, const std::string& model, const std::string& name) {
  const KeyedTexts context = model_values(comparison, model);
  const auto kind = context.find("model_kind." + model);
  return kind != context.end() && kind->second == std::vector<std::string>{name};
}

/// What ASTRA-sim's backend is given of a measured system, and what it has no word for.
Findings astra_parameters(const Comparison& comparison) {
  Findings found;
  for (const std::string& model : models(comparison)) {
    if (!is_of_kind(comparison, model, "astra_ring")) continue;
    found.push_back(
        {"astra-parameters",
         fmt::format(
             "{} is ASTRA-sim's congestion-aware backend as we implement it, on a Ring of the ranks (two ranks: "
             "FullyConnected, as ASTRA-sim aborts on a Ring of two), in one chunk. Its link latency and bandwidth come "
             "from the ping-pong and its local-mem-bw from the local reduction, both at the same number of ranks; the "
             "endpoint "
             "delay is 1 ns, its least. It has no parameter for cores that ranks share: in the ping-pong all but two "
             "ranks wait, in a ring all are at work. Nor has it one for the eager limit, segments, the state of the "
             "machine and links that slow each other down.",
             model)});
  }
  return found;
}

/// The same of SimGrid's SMPI.
Findings smpi_parameters(const Comparison& comparison) {
  Findings found;
  for (const std::string& model : models(comparison)) {
    if (!is_of_kind(comparison, model, "smpi")) continue;
    found.push_back(
        {"smpi-parameters",
         fmt::format(
             "{} is SimGrid's SMPI executing our schedules. Its latency, bandwidth and factors by protocol are lines "
             "through the ping-pongs, its capacity and overheads through the exchanges of the same number of ranks, "
             "its "
             "times of reductions and copies the local records'. Ranks of one host share its cores by max-min "
             "fairness, "
             "but only while they compute: a message occupies no core, a waiting rank does not poll, and no rank waits "
             "for its turn; what that costs is in the fitted lines, as far as exchanges show it. Nor does SMPI know on "
             "which core a rank sits, or whether a buffer is in a cache.",
             model)});
  }
  return found;
}

Findings imprecise_readings(const Comparison& comparison) {
  std::set<std::tuple<std::string, int, Bytes>> points;
  double largest = 0;
  for (const Pair& p : comparison.pairs) {
    const double sigma = p.published && p.reference.count() > 0 ? p.reference_sigma / p.reference : 0;
    if (sigma <= notable_sigma) continue;
    points.insert({p.reference_source, p.experiment.ranks, message_bytes(p.experiment)});
    largest = std::max(largest, sigma);
  }
  if (points.empty()) return {};
  return {{"imprecise-readings",
           fmt::format("Reading uncertainty (one sigma) above {}, at most {}: {}.", format_percent(notable_sigma),
                       format_percent(largest), count_of(points.size(), "published point"))}};
}

Findings matched_any(const Comparison& comparison) {
  const auto rows = std::ranges::count_if(comparison.pairs, [](const Pair& p) { return !p.matched_any.empty(); });
  if (rows == 0) return {};
  return {{"matched-any",
           fmt::format("{} matched although one side leaves fields open; see the table of published points and "
                       "accuracy.csv.",
                       count_of(static_cast<std::size_t>(rows), "pair"))}};
}

Findings machine(const Comparison& comparison) {
  Findings found;
  const KeyedTexts environment = environment_values(comparison);
  const auto hypervisor = environment.find("hypervisor");
  if (hypervisor != environment.end())
    for (const std::string& name : hypervisor->second)
      if (!name.empty() && name != "none" && name != "false")
        found.push_back(
            {"hypervisor", fmt::format("Measured under the hypervisor {}: other guests may take time from this "
                                       "machine.",
                                       name)});
  const std::vector<std::string> systems = measured_systems(comparison);
  if (systems.size() == 1)
    found.push_back({"one-system", fmt::format("Every measurement is of one system, {}.", systems.front())});
  return found;
}

Findings unknown_origin(const Comparison& comparison) {
  Findings found;
  for (const std::string key : {"command", "commit", "environment"}) {
    const std::size_t launches = launches_without(comparison, key);
    if (launches > 0)
      found.push_back(
          {"unknown-origin", fmt::format("{} did not record: {}.", count_of(launches, "launch context"), key)});
  }
  if (distinct_values(comparison, "commit").size() > 1)
    found.push_back({"several-commits", "The launches were measured by programs of different commits."});
  return found;
}

Findings warnings(const Comparison& comparison) {
  Findings found;
  for (const std::string& warning : comparison.warnings) found.push_back({"warning", "Warning: " + warning});
  return found;
}

Findings limitations_of_rows(const Comparison& comparison) {
  Findings found;
  for (const auto rule :
       {oversubscribed, few_launches, mixed_states, unverified, no_common_clock, mean_of_ranks, extrapolated})
    for (const Finding& finding : rule(comparison)) found.push_back(finding);
  return found;
}

Table unpaired_table(const Comparison& comparison) {
  Table table{{{"origin"}, {"model"}, {"experiment"}, {"system"}, {"fails the gate"}}, {}};
  for (const Unpaired& u : comparison.unpaired)
    table.rows.push_back(
        {u.origin, u.model.empty() ? "-" : u.model, u.experiment_key, u.system_id, u.fails ? "yes" : "no"});
  return table;
}

}  // namespace

Findings limitations_of(const Comparison& comparison) {
  Findings found = nothing_compared(comparison);
  for (const Finding& finding : by_testbed(comparison, limitations_of_rows)) found.push_back(finding);
  for (const auto rule : {unpaired_rows, no_hold_out, no_interval, astra_parameters, smpi_parameters,
                          imprecise_readings, matched_any, machine, unknown_origin, warnings})
    for (const Finding& finding : rule(comparison)) found.push_back(finding);
  return found;
}

Section limitations_section(const Comparison& comparison) {
  BulletList list;
  for (const Finding& limitation : limitations_of(comparison)) list.items.push_back(limitation.text);
  if (list.items.empty()) return {"Limitations", {Paragraph{{{"No rule found a limitation."}}}}};
  Section section{"Limitations", {list}};
  if (!comparison.unpaired.empty()) section.blocks.emplace_back(unpaired_table(comparison));
  return section;
}

}  // namespace ringtrue
