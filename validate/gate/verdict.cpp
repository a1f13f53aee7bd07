#include "validate/gate/verdict.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ringtrue {
namespace {

struct Decision {
  Outcome outcome;
  std::string reason;
};

std::string percent(double x) { return fmt::format("{:.1f} %", 100 * x); }

std::set<std::string> systems_at(const Budget& budget, const Comparison& comparison) {
  std::set<std::string> systems;
  for (const MeasuredRow& row : comparison.measured)
    if (row.purpose == Purpose::score && row.experiment.ranks == budget.ranks && covers(budget, row.system_id) &&
        (as_training(row.experiment) != nullptr) == (budget.regime == Regime::training))
      systems.insert(row.system_id);
  return systems;
}

/// Rows of this system and scale that the gate must not pass without: the model's own, and those that were void.
long count_failing(const Budget& budget, const std::string& system_id, const Comparison& comparison) {
  const std::string ending = fmt::format(".p{}", budget.ranks);
  return std::ranges::count_if(comparison.unpaired, [&](const Unpaired& row) {
    return row.fails && row.system_id == system_id && row.experiment_key.ends_with(ending) &&
           row.experiment_key.starts_with("training_step.") == (budget.regime == Regime::training) &&
           (row.model.empty() || row.model == budget.model);
  });
}

const Aggregate* aggregate_at(const Budget& budget, const std::string& system_id, const Comparison& comparison) {
  const auto found = std::ranges::find_if(comparison.aggregates, [&](const Aggregate& a) {
    return a.model == budget.model && a.system_id == system_id && a.ranks == budget.ranks &&
           a.regime == budget.regime && !a.published;
  });
  return found == comparison.aggregates.end() ? nullptr : &*found;
}

Decision decide_by_interval(const Aggregate& a, double budget) {
  const std::string numbers = fmt::format("log error {} [{}, {}]", percent(a.log_error),
                                          percent(a.log_error_interval.lower), percent(a.log_error_interval.upper));
  if (a.log_error_interval.lower > budget)
    return {Outcome::fail, fmt::format("{} lies above the budget of {}", numbers, percent(budget))};
  if (a.log_error_interval.upper > budget)
    return {Outcome::inconclusive, fmt::format("{} straddles the budget of {}", numbers, percent(budget))};
  return {Outcome::pass, fmt::format("{} lies within the budget of {}", numbers, percent(budget))};
}

/// What the data can tell comes before what they say. Noise hides no error that exceeds the budget by more than a
/// perfect model would seem to be off by.
Decision decide_aggregate(const Aggregate& a, double budget, const Budgets& rules) {
  const int least_rows = a.regime == Regime::training ? rules.least_training_rows : rules.least_rows;
  if (a.rows < static_cast<std::size_t>(least_rows))
    return {Outcome::fail, fmt::format("{} rows are paired, at least {} are needed", a.rows, least_rows)};
  if (a.launches < rules.least_launches)
    return {Outcome::inconclusive,
            fmt::format("{} launches were measured, at least {} are needed for a verdict (log error {})", a.launches,
                        rules.least_launches, percent(a.log_error))};
  const bool beyond_noise = a.log_error_interval.lower > budget + a.noise_floor;
  if (a.noise_floor > budget / 2 && !beyond_noise)
    return {
        Outcome::inconclusive,
        fmt::format("the noise floor of {} exceeds half the budget of {} (log error {}); measure more launches or on a "
                    "quieter machine",
                    percent(a.noise_floor), percent(budget), percent(a.log_error))};
  return decide_by_interval(a, budget);
}

Decision decide_system(const Budget& budget, const std::string& system_id, const Budgets& rules,
                       const Comparison& comparison) {
  if (const long failing = count_failing(budget, system_id, comparison); failing > 0)
    return {Outcome::fail, fmt::format("{} scored rows have no partner; they are listed as unpaired", failing)};
  const Aggregate* aggregate = aggregate_at(budget, system_id, comparison);
  if (aggregate == nullptr) return {Outcome::fail, "no row is paired: the join is empty"};
  return decide_aggregate(*aggregate, budget.log_error, rules);
}

Verdict verdict_of(const Budget& budget, const std::string& system_id, Decision decision) {
  return {.model = budget.model,
          .system_id = system_id,
          .ranks = budget.ranks,
          .regime = budget.regime,
          .budget = budget.log_error,
          .outcome = decision.outcome,
          .reason = std::move(decision.reason)};
}

}  // namespace

std::vector<Verdict> decide(const Budgets& budgets, const Comparison& comparison) {
  std::vector<Verdict> verdicts;
  for (const Budget& budget : budgets.budgets) {
    const std::set<std::string> systems = systems_at(budget, comparison);
    if (systems.empty())
      verdicts.push_back(verdict_of(
          budget, budget.testbed,
          {Outcome::fail, fmt::format("nothing scored was measured on {} at {} ranks", budget.testbed, budget.ranks)}));
    for (const std::string& system_id : systems)
      verdicts.push_back(verdict_of(budget, system_id, decide_system(budget, system_id, budgets, comparison)));
  }
  return verdicts;
}

}  // namespace ringtrue
