#include "reports/lookup.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace ringtrue {
namespace {

bool is_whole(const Aggregate& a, bool published, int ranks) {
  return a.regime == Regime::all && a.published == published && a.ranks == ranks;
}

const Aggregate* aggregate_of(const Comparison& comparison, const Verdict& verdict, bool published) {
  for (const Aggregate& a : comparison.aggregates)
    if (is_whole(a, published, verdict.ranks) && a.model == verdict.model && a.system_id == verdict.system_id)
      return &a;
  return nullptr;
}

/// A budget on published numbers has no place in the per-scale table of measurements.
bool judges_published(const Comparison& comparison, const Verdict& verdict) {
  return aggregate_of(comparison, verdict, false) == nullptr && aggregate_of(comparison, verdict, true) != nullptr;
}

Aggregates published_where(const Comparison& comparison, int ranks, auto wanted) {
  Aggregates found;
  for (const Aggregate& a : comparison.aggregates)
    if (is_whole(a, true, ranks) && wanted(a)) found.push_back(&a);
  return found;
}

}  // namespace

std::vector<int> scales(const Comparison& comparison) {
  std::set<int> ranks;
  for (const MeasuredRow* row : scored_rows(comparison)) ranks.insert(row->experiment.ranks);
  for (const Aggregate& a : comparison.aggregates)
    if (a.regime != Regime::training) ranks.insert(a.ranks);
  for (const Verdict& v : comparison.verdicts)
    if (v.regime != Regime::training) ranks.insert(v.ranks);
  for (const Pair& p : comparison.pairs)
    if (p.published && as_training(p.experiment) == nullptr) ranks.insert(p.experiment.ranks);
  return {ranks.begin(), ranks.end()};
}

std::string judged_model(const Comparison& comparison) {
  for (const Verdict& v : comparison.verdicts)
    if (v.regime != Regime::training && !judges_published(comparison, v)) return v.model;
  std::set<std::string, std::less<>> measured;
  for (const Aggregate& a : comparison.aggregates)
    if (!a.published && a.model != bound_model && a.regime != Regime::training) measured.insert(a.model);
  if (measured.empty() || measured.contains(host_model)) return measured.empty() ? "" : std::string(host_model);
  return *measured.begin();
}

std::vector<Judged> judged_at(const Comparison& comparison, int ranks) {
  std::vector<Judged> found;
  for (const Verdict& v : comparison.verdicts)
    if (v.ranks == ranks && v.regime != Regime::training && !judges_published(comparison, v))
      found.push_back({&v, aggregate_of(comparison, v, false)});
  if (!found.empty()) return found;
  const std::string model = judged_model(comparison);
  for (const Aggregate& a : comparison.aggregates)
    if (is_whole(a, false, ranks) && a.model == model) found.push_back({nullptr, &a});
  return found;
}

Aggregates judged_aggregates(const Comparison& comparison) {
  Aggregates found;
  for (const int ranks : scales(comparison))
    for (const Judged& judged : judged_at(comparison, ranks))
      if (judged.aggregate != nullptr) found.push_back(judged.aggregate);
  return found;
}

Aggregates our_published_aggregates(const Comparison& comparison, int ranks) {
  return published_where(comparison, ranks,
                         [](const Aggregate& a) { return a.model == gpu_model && a.system_id == gpu_system; });
}

Aggregates astra_aggregates(const Comparison& comparison, int ranks) {
  return published_where(comparison, ranks,
                         [](const Aggregate& a) { return a.model == astra_model && a.system_id == gpu_system; });
}

std::vector<const PublishedScalar*> astra_scalars(const Comparison& comparison, int ranks) {
  std::vector<const PublishedScalar*> found;
  for (const PublishedScalar& s : comparison.scalars)
    if (s.name == astra_scalar && s.ranks == ranks) found.push_back(&s);
  return found;
}

Pairs pairs_of(const Comparison& comparison, const Aggregate& aggregate) {
  Pairs found;
  for (const Pair& p : comparison.pairs)
    if (p.model == aggregate.model && p.system_id == aggregate.system_id && p.published == aggregate.published &&
        p.experiment.ranks == aggregate.ranks &&
        (as_training(p.experiment) != nullptr) == (aggregate.regime == Regime::training))
      found.push_back(&p);
  return found;
}

const Aggregate* judged_aggregate(const Comparison& comparison, const Verdict& verdict) {
  const auto found = std::ranges::find_if(comparison.aggregates, [&](const Aggregate& a) {
    return a.regime == verdict.regime && a.ranks == verdict.ranks && a.model == verdict.model &&
           a.system_id == verdict.system_id;
  });
  return found == comparison.aggregates.end() ? nullptr : &*found;
}

std::string agreement_of(const Ranking& ranking) {
  if (ranking.times.size() < 2) return "-";
  if (ranking.choice == 0) return "yes";
  return ranking.flips ? "NO" : "cannot tell";
}

double error_of(const Pair& pair) { return pair.ratio - 1; }

std::vector<std::string> models(const Comparison& comparison) {
  std::set<std::string> names;
  for (const Pair& p : comparison.pairs) names.insert(p.model);
  for (const Aggregate& a : comparison.aggregates) names.insert(a.model);
  return {names.begin(), names.end()};
}

std::vector<std::string> measured_systems(const Comparison& comparison) {
  std::set<std::string> ids;
  for (const MeasuredRow& row : comparison.measured) ids.insert(row.system_id);
  return {ids.begin(), ids.end()};
}

std::vector<const MeasuredRow*> scored_rows(const Comparison& comparison) {
  std::vector<const MeasuredRow*> rows;
  for (const MeasuredRow& row : comparison.measured)
    if (row.purpose == Purpose::score && as_collective(row.experiment) != nullptr) rows.push_back(&row);
  return rows;
}

std::vector<const MeasuredRow*> scored_steps(const Comparison& comparison) {
  std::vector<const MeasuredRow*> rows;
  for (const MeasuredRow& row : comparison.measured)
    if (row.purpose == Purpose::score && as_training(row.experiment) != nullptr) rows.push_back(&row);
  return rows;
}

std::vector<const MeasuredRow*> scored_rows_and_steps(const Comparison& comparison) {
  std::vector<const MeasuredRow*> rows = scored_rows(comparison);
  for (const MeasuredRow* step : scored_steps(comparison)) rows.push_back(step);
  return rows;
}

}  // namespace ringtrue
