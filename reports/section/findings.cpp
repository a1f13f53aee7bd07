// Each rule is a function from the comparison to the sentences it triggers. A sentence carries the numbers that
// triggered it and claims nothing that the rule did not check; what does not apply stays unsaid.
#include "reports/section/findings.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"
#include "reports/testbeds.hpp"

namespace ringtrue {
namespace {

/// Share of rows with one sign from which a bias is called a direction.
constexpr double agreeing_share = 0.75;

std::string place_of(const Comparison& comparison, const Aggregate& a) {
  const std::string scale = format_scale(a.ranks);
  return measured_systems(comparison).size() > 1 ? fmt::format("{} on {}", scale, a.system_id) : scale;
}

bool less_accurate(const Aggregate* a, const Aggregate* b) { return a->log_error < b->log_error; }

std::string extremes_text(const Comparison& comparison, const Aggregates& aggregates, bool with_regime) {
  const auto name = [&](const Aggregate& a) {
    const std::string place = place_of(comparison, a);
    return fmt::format("{} (log error {})", with_regime ? fmt::format("{} at {}", to_string(a.regime), place) : place,
                       format_percent(a.log_error));
  };
  const auto [best, worst] = std::ranges::minmax_element(aggregates, less_accurate);
  return fmt::format("{} is closest to the measurement in {} and farthest in {}.", (*best)->model, name(**best),
                     name(**worst));
}

Findings extremes(const Comparison& comparison, const Aggregates& aggregates, const std::string& rule,
                  bool with_regime) {
  std::map<std::string, Aggregates> by_model;
  for (const Aggregate* a : aggregates) by_model[a->model].push_back(a);
  Findings findings;
  for (const auto& [model, own] : by_model) {
    const auto [best, worst] = std::ranges::minmax_element(own, less_accurate);
    if ((*best)->log_error < (*worst)->log_error)
      findings.push_back({rule, extremes_text(comparison, own, with_regime)});
  }
  return findings;
}

Findings extreme_scales(const Comparison& comparison) {
  return extremes(comparison, judged_aggregates(comparison), "extreme-scales", false);
}

Findings extreme_regimes(const Comparison& comparison) {
  Aggregates regimes;
  for (const Aggregate* judged : judged_aggregates(comparison))
    for (const Aggregate& a : comparison.aggregates)
      if (a.regime != Regime::all && a.regime != Regime::training && !a.published && a.ranks == judged->ranks &&
          a.model == judged->model && a.system_id == judged->system_id)
        regimes.push_back(&a);
  return extremes(comparison, regimes, "extreme-regimes", true);
}

Findings bias_directions(const Comparison& comparison) {
  Findings findings;
  for (const Aggregate* a : judged_aggregates(comparison)) {
    const Pairs pairs = pairs_of(comparison, *a);
    const auto slow = std::ranges::count_if(pairs, [](const Pair* p) { return p->ratio > 1; });
    const auto fast = std::ranges::count_if(pairs, [](const Pair* p) { return p->ratio < 1; });
    const double share =
        static_cast<double>(std::max(slow, fast)) / static_cast<double>(std::max<std::size_t>(pairs.size(), 1));
    if (pairs.size() < 2 || share < agreeing_share) continue;
    findings.push_back(
        {"bias-direction", fmt::format("At {} {} is too {} on {} of {} rows (bias {}).", place_of(comparison, *a),
                                       a->model, slow > fast ? "slow" : "fast", std::max(slow, fast), pairs.size(),
                                       format_signed_percent(a->bias))});
  }
  return findings;
}

Findings noise_beyond_error(const Comparison& comparison) {
  Findings findings;
  for (const Aggregate* a : judged_aggregates(comparison))
    if (a->noise_floor >= a->log_error && a->rows > 0)
      findings.push_back(
          {"noise-beyond-error",
           fmt::format("At {} the noise floor of {} is not below the log error of {}, {}: a perfect model "
                       "would be expected to score no better on these launches.",
                       place_of(comparison, *a), format_percent(a->noise_floor), a->model,
                       format_percent(a->log_error))});
  return findings;
}

Findings noise_beyond_half_budget(const Comparison& comparison) {
  Findings findings;
  for (const int ranks : scales(comparison))
    for (const Judged& j : judged_at(comparison, ranks))
      if (j.verdict != nullptr && j.aggregate != nullptr && j.aggregate->noise_floor > j.verdict->budget / 2)
        findings.push_back({"noise-beyond-half-budget",
                            fmt::format("At {} the noise floor of {} exceeds half the budget of {} for {}.",
                                        place_of(comparison, *j.aggregate), format_percent(j.aggregate->noise_floor),
                                        format_percent(j.verdict->budget), j.aggregate->model)});
  return findings;
}

/// Far off is far off in either direction: twice too fast is as far as twice too slow.
double distance_of(const Pair& pair) { return std::abs(std::log(pair.ratio)); }

Findings worst_rows(const Comparison& comparison) {
  const Pair* worst = nullptr;
  for (const Aggregate* a : judged_aggregates(comparison))
    for (const Pair* p : pairs_of(comparison, *a))
      if (worst == nullptr || distance_of(*p) > distance_of(*worst)) worst = p;
  if (worst == nullptr || worst->ratio == 1) return {};
  return {{"worst-row",
           fmt::format("The row farthest off is {} on {}: {} says {} where {} was measured ({}).",
                       experiment_key(worst->experiment), worst->system_id, worst->model, format_time(worst->simulated),
                       format_time(worst->reference), format_signed_percent(error_of(*worst)))}};
}

/// Other models on the very rows that the judged one is scored on.
Findings closest_models(const Comparison& comparison) {
  Findings findings;
  for (const Aggregate* judged : judged_aggregates(comparison)) {
    Aggregates rivals{judged};
    for (const Aggregate& a : comparison.aggregates)
      if (!a.published && a.regime == Regime::all && a.ranks == judged->ranks && a.system_id == judged->system_id &&
          a.model != judged->model && a.model != bound_model && a.rows == judged->rows)
        rivals.push_back(&a);
    if (rivals.size() < 2) continue;
    std::ranges::stable_sort(rivals, less_accurate);
    std::vector<std::string> order;
    for (const Aggregate* a : rivals) order.push_back(fmt::format("{} ({})", a->model, format_percent(a->log_error)));
    findings.push_back({"models-compared", fmt::format("At {} the models, closest first, are {}.",
                                                       place_of(comparison, *judged), enumerate(order))});
  }
  return findings;
}

std::set<std::pair<std::string, Bytes>> published_points_of(const Comparison& comparison, const Aggregate& a) {
  std::set<std::pair<std::string, Bytes>> points;
  for (const Pair* p : pairs_of(comparison, a)) points.insert({p->reference_source, message_bytes(p->experiment)});
  return points;
}

std::string factor_text(double ours, double theirs) {
  if (ours == theirs) return "equal to";
  std::string direction = ours < theirs ? "lower than" : "higher than";
  const double least = std::min(ours, theirs);
  if (least <= 0) return direction;
  return fmt::format("{} times {}", format_ratio(std::max(ours, theirs) / least), direction);
}

std::string astra_text(const Comparison& comparison, const Aggregate& ours, const Aggregate& astra) {
  const auto points = published_points_of(comparison, ours);
  if (points != published_points_of(comparison, astra))
    return fmt::format("At {} {} and ASTRA-sim are not compared: they predict different published points ({} and {}).",
                       format_scale(ours.ranks), ours.model, points.size(),
                       published_points_of(comparison, astra).size());
  return fmt::format("On the same {} at {} the log error of {}, {}, is {} ASTRA-sim's, {}.",
                     count_of(points.size(), "published point"), format_scale(ours.ranks), ours.model,
                     format_percent(ours.log_error), factor_text(ours.log_error, astra.log_error),
                     format_percent(astra.log_error));
}

Findings beside_astra(const Comparison& comparison) {
  Findings findings;
  for (const int ranks : scales(comparison))
    for (const Aggregate* ours : our_published_aggregates(comparison, ranks))
      for (const Aggregate* astra : astra_aggregates(comparison, ranks))
        if (ours->system_id == astra->system_id)
          findings.push_back({"beside-astra-sim", astra_text(comparison, *ours, *astra)});
  return findings;
}

Findings rankings(const Comparison& comparison) {
  Findings findings;
  for (const Aggregate* a : judged_aggregates(comparison)) {
    if (a->rows < 2 || !std::isfinite(a->kendall_tau)) continue;
    const std::string order = a->kendall_tau >= 1
                                  ? fmt::format("puts all {} rows in the measured order", a->rows)
                                  : fmt::format("does not put all {} rows in the measured order", a->rows);
    findings.push_back({"ranking", fmt::format("At {} {} {} (Kendall tau {}).", place_of(comparison, *a), a->model,
                                               order, format_ratio(a->kendall_tau))});
  }
  return findings;
}

void append(Findings& findings, const Findings& more) { findings.insert(findings.end(), more.begin(), more.end()); }

}  // namespace

Findings accuracy_findings(const Comparison& comparison) {
  Findings findings;
  for (const auto rule : {extreme_scales, extreme_regimes, bias_directions, noise_beyond_error,
                          noise_beyond_half_budget, worst_rows, closest_models, beside_astra, rankings})
    append(findings, rule(comparison));
  return findings;
}

namespace {

Findings all_findings(const Comparison& comparison) {
  Findings findings = accuracy_findings(comparison);
  append(findings, measurement_findings(comparison));
  append(findings, training_findings(comparison));
  return findings;
}

}  // namespace

Findings by_testbed(const Comparison& comparison, const FindingRules& rules) {
  const std::vector<std::string> beds = testbeds(comparison);
  if (beds.size() < 2) return rules(comparison);
  Findings findings;
  for (const std::string& bed : beds)
    for (const Finding& finding : rules(on_testbed(comparison, bed)))
      findings.push_back({finding.rule, fmt::format("Test bed {}: {}", bed, finding.text)});
  append(findings, rules(off_testbeds(comparison)));
  return findings;
}

Findings findings_of(const Comparison& comparison) { return by_testbed(comparison, all_findings); }

Section findings_section(const Comparison& comparison) {
  BulletList list;
  for (const Finding& finding : findings_of(comparison)) list.items.push_back(finding.text);
  if (list.items.empty()) return {"Key findings", {Paragraph{{{"No rule found anything to say."}}}}};
  return {"Key findings", {list}};
}

}  // namespace ringtrue
