#include "validate/ranking/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "experiment/system.hpp"
#include "validate/join/join.hpp"
#include "validate/statistics/error_metrics.hpp"

namespace ringtrue {
namespace {

bool is_candidate(const MeasuredSeries& series) {
  const CollectiveRun* run = as_collective(series.row.experiment);
  return run != nullptr && is_ours(run->algorithm) && series.row.verified;
}

/// What algorithms must share to be compared: all but the algorithm and how it cuts its messages.
std::string question(const Experiment& experiment) {
  Experiment any = experiment;
  auto& run = std::get<CollectiveRun>(any.workload);
  run.algorithm = Algorithm::ring;
  run.segmentation.reset();
  return experiment_key(any);
}

/// In the order in which they are shown.
auto order_of(const std::string& model, const MeasuredSeries& series) {
  const Experiment& e = series.row.experiment;
  return std::tuple(model, series.row.system_id, as_collective(e)->collective, e.ranks, message_bytes(e), question(e));
}

using Order = decltype(order_of({}, std::declval<MeasuredSeries>()));

void add_times(const Predictor& model, const Campaign& campaign, std::map<Order, Ranking>& found) {
  for (const MeasuredSeries& series : campaign.series) {
    if (!is_candidate(series)) continue;
    const Predicted* prediction = model.find(series.row.experiment, series.row.system_id);
    if (prediction == nullptr) continue;
    Ranking& ranking = found[order_of(model.name, series)];
    ranking.model = model.name;
    ranking.system_id = series.row.system_id;
    ranking.times.push_back(time_of(series, *prediction));
  }
}

}  // namespace

AlgorithmTime time_of(const MeasuredSeries& series, const Predicted& prediction) {
  const double log_ratio = median_of_draw(series.launches, {}, [&](std::size_t i) {
    return log_time(prediction, series.launches[i].state, std::nullopt) - series.launches[i].log_time;
  });
  return {.experiment = series.row.experiment,
          .scored = series.row.purpose == Purpose::score,
          .measured = series.row.median,
          .interval_s = series.row.interval_s,
          .ratio = std::exp(log_ratio),
          .launches = series.row.launches};
}

void rank(Ranking& ranking, int least_launches) {
  std::ranges::stable_sort(ranking.times, {}, &AlgorithmTime::measured);
  const auto chosen = std::ranges::min_element(ranking.times, {}, &AlgorithmTime::simulated);
  const AlgorithmTime& fastest = ranking.times.front();
  ranking.choice = static_cast<std::size_t>(chosen - ranking.times.begin());
  ranking.flips = ranking.choice != 0 && std::min(chosen->launches, fastest.launches) >= least_launches &&
                  chosen->interval_s.lower > fastest.interval_s.upper;
}

std::vector<Ranking> rank_algorithms(const Campaign& campaign, const std::map<std::string, Predictor>& models,
                                     int least_launches) {
  std::map<Order, Ranking> found;
  for (const auto& [name, model] : models)
    if (!model.published) add_times(model, campaign, found);
  std::set<std::pair<std::string, std::string>> choosing;  // models that know more than one algorithm on a test bed
  for (const auto& [order, ranking] : found)
    if (ranking.times.size() > 1) choosing.emplace(ranking.model, testbed_of(ranking.system_id));
  std::vector<Ranking> rankings;
  for (auto& [order, ranking] : found) {
    if (!choosing.contains({ranking.model, testbed_of(ranking.system_id)})) continue;
    rank(ranking, least_launches);
    rankings.push_back(std::move(ranking));
  }
  return rankings;
}

std::vector<AlgorithmError> algorithm_errors(const std::vector<Ranking>& rankings) {
  std::map<std::tuple<std::string, std::string, Collective, Algorithm, int>, std::vector<double>> ratios;
  for (const Ranking& ranking : rankings)
    for (const AlgorithmTime& time : ranking.times) {
      const CollectiveRun& run = *as_collective(time.experiment);
      ratios[{ranking.model, ranking.system_id, run.collective, run.algorithm, time.experiment.ranks}].push_back(
          time.ratio);
    }
  std::vector<AlgorithmError> errors;
  for (const auto& [key, values] : ratios) {
    AlgorithmError error;
    std::tie(error.model, error.system_id, error.collective, error.algorithm, error.ranks) = key;
    error.rows = values.size();
    error.log_error = log_error(values);
    error.bias = bias(values);
    errors.push_back(std::move(error));
  }
  return errors;
}

}  // namespace ringtrue
