#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/findings.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

constexpr double notable_clock_difference = 0.10;

Findings ring_against_library(const Comparison& comparison) {
  Findings findings;
  for (const RingRatio& r : comparison.ring_ratios) {
    if (r.by_bytes.empty()) continue;
    const auto faster = std::ranges::count_if(r.by_bytes, [](const auto& entry) { return entry.second < 1; });
    findings.push_back(
        {"ring-against-library",
         fmt::format("At {} on {} our ring takes {} of the time of {} (geomean) and is faster at {} of {}.",
                     format_scale(r.ranks), r.system_id, format_ratio(r.geomean), r.baseline, faster,
                     count_of(r.by_bytes.size(), "message size"))});
  }
  return findings;
}

double clock_difference(const MeasuredRow& row) {
  return row.local_max_median.count() > 0 ? row.median / row.local_max_median - 1 : 0;
}

Findings clock_differences(const Comparison& comparison) {
  std::size_t makespans = 0;
  std::size_t notable = 0;
  const MeasuredRow* largest = nullptr;
  for (const MeasuredRow* row : scored_rows(comparison)) {
    if (row->clock != Clock::makespan) continue;
    ++makespans;
    notable += std::abs(clock_difference(*row)) > notable_clock_difference ? 1 : 0;
    if (largest == nullptr || std::abs(clock_difference(*row)) > std::abs(clock_difference(*largest))) largest = row;
  }
  if (notable == 0) return {};
  return {
      {"clock-difference",
       fmt::format("On {} of {} the makespan and the longest rank's own time differ by more than {}; most on {} ({} "
                   "against {}).",
                   notable, count_of(makespans, "scored row"), format_percent(notable_clock_difference),
                   experiment_key(largest->experiment), format_time(largest->median),
                   format_time(largest->local_max_median))}};
}

Findings slow_states(const Comparison& comparison) {
  std::map<std::string, int> launches;
  int all = 0;
  for (const MeasuredRow* row : scored_rows_and_steps(comparison))
    for (const auto& [state, count] : row->states) {
      launches[state] += count;
      all += count;
    }
  const int slow = launches["slow"];
  const int mixed = launches["mixed"];
  if (slow + mixed == 0) return {};
  const auto share = [all](int count) { return format_percent(static_cast<double>(count) / all); };
  return {{"slow-state",
           fmt::format(
               "Of {} measurements of scored rows (one per row and launch), {} ({}) ran in the machine's slow state "
               "and {} ({}) while it changed.",
               all, slow, share(slow), mixed, share(mixed))}};
}

/// Rows whose samples show a step, scored and shown: how often, the largest, and whether the canaries saw it too.
Findings non_stationary_rows(const Comparison& comparison) {
  Conditions all;
  std::size_t rows = 0;
  const MeasuredRow* largest = nullptr;
  const auto size = [](const MeasuredRow& row) { return std::abs(std::log(row.conditions.largest_step)); };
  for (const MeasuredRow& row : comparison.measured) {
    const Conditions& c = row.conditions;
    all.judged += c.judged;
    all.non_stationary += c.non_stationary;
    all.steps_with_canary += c.steps_with_canary;
    if (c.non_stationary == 0) continue;
    ++rows;
    if (largest == nullptr || size(row) > size(*largest)) largest = &row;
  }
  if (largest == nullptr) return {};
  return {
      {"non-stationary",
       fmt::format("Conditions changed in {} of {} measurements (one per row and launch), of {}: the samples show a "
                   "step of {} or more; the largest is x{} on {} at {}. In {} of the {} the canaries before and "
                   "after differ in state too.",
                   all.non_stationary, all.judged, count_of(rows, "row"), format_percent(least_step_ratio - 1),
                   format_ratio(largest->conditions.largest_step), experiment_key(largest->experiment),
                   largest->system_id, all.steps_with_canary, all.non_stationary)}};
}

/// A bound that a measurement beats is no bound: the link is faster than calibrated, or the measurement is wrong.
Findings faster_than_bound(const Comparison& comparison) {
  std::size_t rows = 0;
  std::size_t beaten = 0;
  for (const Pair& p : comparison.pairs) {
    if (p.published || p.model != bound_model) continue;
    ++rows;
    beaten += p.ratio > 1 ? 1 : 0;
  }
  if (beaten == 0) return {};
  return {{"faster-than-bound", fmt::format("On {} of {} the measurement is faster than the bandwidth bound.", beaten,
                                            count_of(rows, "row"))}};
}

Findings lints(const Comparison& comparison) {
  Findings findings;
  for (const Lint& lint : comparison.lints)
    if (lint.about.empty()) findings.push_back({"lint", fmt::format("Lint {}: {}", lint.rule, lint.what)});
  return findings;
}

/// The section of the replication tells what they say.
Findings lints_of_replications(const Comparison& comparison) {
  std::map<std::string, std::set<std::string>> rules;
  std::map<std::string, std::size_t> counts;
  for (const Lint& lint : comparison.lints) {
    if (lint.about.empty()) continue;
    rules[lint.about].insert(lint.rule);
    ++counts[lint.about];
  }
  Findings findings;
  for (const auto& [about, names] : rules)
    findings.push_back(
        {"replication-lints", fmt::format("{} about the {}: {}; see \"{}\".", count_of(counts[about], "lint"), about,
                                          enumerate({names.begin(), names.end()}), replication_heading)});
  return findings;
}

}  // namespace

Findings measurement_findings(const Comparison& comparison) {
  Findings findings;
  for (const auto rule : {ring_against_library, clock_differences, slow_states, non_stationary_rows, faster_than_bound,
                          lints, lints_of_replications})
    for (const Finding& finding : rule(comparison)) findings.push_back(finding);
  return findings;
}

}  // namespace ringtrue
