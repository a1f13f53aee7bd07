#include "validate/aggregate.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include <nlohmann/json.hpp>

#include "validate/statistics/error_metrics.hpp"

namespace ringtrue {
namespace {

using Group = std::tuple<std::string, std::string, bool, int, Regime>;

/// Training steps are by themselves.
std::set<Regime> regimes_of(const Experiment& experiment) {
  const Regime regime = regime_of(experiment);
  return regime == Regime::training ? std::set{regime} : std::set{Regime::all, regime};
}

using Rows = std::vector<const JoinedRow*>;

void fill_metrics(const Rows& rows, double geomean_epsilon, Aggregate& a) {
  std::vector<double> ratios;
  std::vector<double> simulated;
  std::vector<double> reference;
  for (const JoinedRow* row : rows) {
    ratios.push_back(row->pair.ratio);
    simulated.push_back(row->pair.simulated.count());
    reference.push_back(row->pair.reference.count());
  }
  a.log_error = log_error(ratios);
  a.bias = bias(ratios);
  a.mape = mean_absolute_error(ratios);
  a.p90 = p90_absolute_error(ratios);
  a.worst = ratios[worst_row(ratios)] - 1;
  a.worst_key = experiment_key(rows[worst_row(ratios)]->pair.experiment);
  a.geomean_abs = geomean_absolute_error(ratios, geomean_epsilon);
  a.kendall_tau = kendall_tau(simulated, reference);
}

Aggregate aggregate_of(const Group& group, const Rows& rows, double geomean_epsilon) {
  Aggregate a;
  std::tie(a.model, a.system_id, a.published, a.ranks, a.regime) = group;
  a.rows = rows.size();
  std::vector<const ResampledRow*> resampled;
  for (const JoinedRow* row : rows) resampled.push_back(&row->resampled);
  a.launches = least_launches(resampled);
  fill_metrics(rows, geomean_epsilon, a);
  a.log_error_interval = log_error_interval(resampled);
  a.noise_floor = noise_floor(resampled);
  return a;
}

}  // namespace

std::vector<Aggregate> aggregate(std::span<const JoinedRow> rows, double geomean_epsilon) {
  std::map<Group, Rows> groups;
  for (const JoinedRow& row : rows) {
    const Pair& p = row.pair;
    for (const Regime regime : regimes_of(p.experiment))
      groups[{p.model, p.system_id, p.published, p.experiment.ranks, regime}].push_back(&row);
  }
  std::vector<Aggregate> aggregates;
  for (const auto& [group, members] : groups) aggregates.push_back(aggregate_of(group, members, geomean_epsilon));
  return aggregates;
}

}  // namespace ringtrue
