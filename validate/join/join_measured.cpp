// One row and one model: r_l = simulated(state of launch l) / measured_l; the row's value is the median over launches
// of ln r_l. A draw takes launches with replacement, the same ones for all rows of a scale, and, where the platform was
// refitted on that draw, the refitted prediction.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "validate/join/join.hpp"

namespace ringtrue {
namespace {

/// Number of replicates of a prediction; 0 if it has none. Requires equal numbers in all states, else throws Error.
std::size_t replicates_of(const Predictor& model, const Predicted& prediction) {
  std::size_t count = 0;
  for (const PredictedInState& state : prediction.states) {
    const std::size_t n = state.log_replicates.size();
    if (n != 0 && count != 0 && n != count)
      throw Error(
          fmt::format("model {}: {} has {} replicates in one machine state and {} in another; write as many for each",
                      model.name, experiment_key(prediction.experiment), count, n));
    count = std::max(count, n);
  }
  return count;
}

std::size_t replicates_at(const Predictor& model, const std::string& system_id, int ranks) {
  std::size_t count = 0;
  for (const auto& [place, prediction] : model.predictions)
    if (prediction.system_id == system_id && prediction.experiment.ranks == ranks)
      count = std::max(count, replicates_of(model, prediction));
  return count;
}

/// True if every launch of the campaign could have been drawn, so that the draws are of this campaign.
bool draws_cover(const std::vector<Draw>& draws, const std::vector<int>& launches) {
  return std::ranges::all_of(launches, [&](int launch) {
    return std::ranges::any_of(draws, [&](const Draw& draw) { return std::ranges::find(draw, launch) != draw.end(); });
  });
}

/// The model's own draws where it was refitted on the launches of this campaign; else ours, as many as it has
/// replicates.
std::vector<Draw> draws_of(const Predictor& model, const std::string& system_id, const Campaign& campaign, int ranks,
                           std::uint64_t seed) {
  const std::vector<int> launches = campaign.launches(system_id, ranks);
  const std::size_t replicates = replicates_at(model, system_id, ranks);
  const auto own = model.draws.find({system_id, ranks});
  if (own != model.draws.end() && replicates != 0 && own->second.size() != replicates)
    throw Error(fmt::format("model {} has {} draws at {} ranks, but {} replicates; write one replicate per draw",
                            model.name, own->second.size(), ranks, replicates));
  if (own != model.draws.end() && draws_cover(own->second, launches)) return own->second;
  return draw_launches(launches, replicates == 0 ? default_replicates : static_cast<int>(replicates), seed);
}

void check_replicates(const Predictor& model, const Predicted& prediction, std::size_t draws) {
  const std::size_t replicates = replicates_of(model, prediction);
  if (replicates != 0 && replicates != draws)
    throw Error(fmt::format("model {}: {} has {} replicates, other rows of {} ranks have {}; write as many for each",
                            model.name, experiment_key(prediction.experiment), replicates, prediction.experiment.ranks,
                            draws));
}

ResampledRow resample(const MeasuredSeries& series, const Predicted& prediction, const std::vector<Draw>& draws) {
  const std::vector<LaunchTime>& launches = series.launches;
  const auto log_ratio = [&](std::size_t i, std::optional<std::size_t> replicate) {
    return log_time(prediction, launches[i].state, replicate) - launches[i].log_time;
  };
  ResampledRow row{.log_ratio = 0, .joint = {}, .reference = {}, .launches = series.row.launches};
  row.log_ratio = median_of_draw(launches, {}, [&](std::size_t i) { return log_ratio(i, std::nullopt); });
  for (std::size_t b = 0; b < draws.size(); ++b) {
    row.joint.push_back(median_of_draw(launches, draws[b], [&](std::size_t i) { return log_ratio(i, b); }));
    row.reference.push_back(
        median_of_draw(launches, draws[b], [&](std::size_t i) { return log_ratio(i, std::nullopt); }));
  }
  return row;
}

/// As the row's time: what was measured, times the median over launches of what is predicted for a launch's machine
/// state to what it measured. Of a phase that a launch lacks, or that took no time, the median of what is predicted.
Phases phases_of(const MeasuredSeries& series, const Predicted& prediction) {
  std::vector<Phases> predicted;
  std::map<std::string, std::vector<double>> log_ratios;
  for (const LaunchTime& launch : series.launches) {
    predicted.push_back(phases_in(prediction, launch.state));
    for (const auto& [name, time] : predicted.back())
      if (const Seconds measured = phase_of(launch.phases, name); measured > Seconds{0} && time > Seconds{0})
        log_ratios[name].push_back(std::log(time / measured));
  }
  Phases phases = median_phases(predicted);
  for (auto& [name, ratios] : log_ratios)
    if (ratios.size() == series.launches.size())
      phases[name] = phase_of(series.row.training->phases, name) * std::exp(median(std::move(ratios)));
  return phases;
}

Pair pair_of(const MeasuredSeries& series, const Predictor& model, const Predicted& prediction, double log_ratio) {
  const double ratio = std::exp(log_ratio);
  return {.model = model.name,
          .experiment = series.row.experiment,
          .system_id = series.row.system_id,
          .published = false,
          .reference_source = series.source,
          .reference = series.row.median,
          .simulated = series.row.median * ratio,
          .ratio = ratio,
          .extrapolated = prediction.extrapolated,
          .matched_any = "",
          .reference_sigma = Seconds{0},
          .how_read = "",
          .phases = phases_of(series, prediction)};
}

Unpaired lacking(const MeasuredSeries& series, const std::string& model, bool fails) {
  return {.origin = "measured",
          .model = model,
          .experiment_key = experiment_key(series.row.experiment),
          .system_id = series.row.system_id,
          .fails = fails};
}

/// Models that owe a prediction of a row: those that know its system, and those with a budget about it; for training
/// steps only those that predict training there, and budgets of training.
std::map<std::string, bool> owing(const MeasuredRow& row, const std::map<std::string, Predictor>& models,
                                  const Budgets& budgets) {
  const bool training = as_training(row.experiment) != nullptr;
  std::map<std::string, bool> fails;
  for (const auto& [name, model] : models)
    if (model.knows(row.system_id, training)) fails[name] = budgets.budgets.empty();
  for (const Budget& budget : budgets.budgets)
    if (covers(budget, row.system_id) && (budget.regime == Regime::training) == training) fails[budget.model] = true;
  return fails;
}

using ModelScale = std::tuple<std::string, std::string, int>;  ///< Model, system, ranks.

class MeasuredJoin {
 public:
  MeasuredJoin(const Campaign& campaign, const std::map<std::string, Predictor>& models, const Budgets& budgets)
      : campaign_(campaign), models_(models), budgets_(budgets) {}

  Joined run() {
    for (const MeasuredSeries& series : campaign_.series)
      if (series.row.purpose == Purpose::score) take(series);
    return std::move(joined_);
  }

 private:
  void take(const MeasuredSeries& series) {
    if (!series.row.verified) {
      joined_.unpaired.push_back(lacking(series, "", true));
      joined_.warnings.push_back(
          fmt::format("{} on {} was not verified in every launch; it is not scored and fails the gate",
                      experiment_key(series.row.experiment), series.row.system_id));
      return;
    }
    const std::map<std::string, bool> expected = owing(series.row, models_, budgets_);
    if (expected.empty()) joined_.unpaired.push_back(lacking(series, "", true));
    for (const auto& [name, fails] : expected) pair_with(series, name, fails);
  }

  void pair_with(const MeasuredSeries& series, const std::string& name, bool fails) {
    const auto model = models_.find(name);
    const Predicted* prediction =
        model == models_.end() ? nullptr : model->second.find(series.row.experiment, series.row.system_id);
    if (prediction == nullptr) {
      joined_.unpaired.push_back(lacking(series, name, fails));
      return;
    }
    const std::vector<Draw>& draws = draws_for(model->second, series.row);
    check_replicates(model->second, *prediction, draws.size());
    ResampledRow resampled = resample(series, *prediction, draws);
    Pair pair = pair_of(series, model->second, *prediction, resampled.log_ratio);
    joined_.rows.push_back({std::move(pair), std::move(resampled)});
  }

  const std::vector<Draw>& draws_for(const Predictor& model, const MeasuredRow& row) {
    const int ranks = row.experiment.ranks;
    const auto [found, added] = draws_.try_emplace({model.name, row.system_id, ranks});
    if (added) found->second = draws_of(model, row.system_id, campaign_, ranks, budgets_.seed);
    return found->second;
  }

  const Campaign& campaign_;
  const std::map<std::string, Predictor>& models_;
  const Budgets& budgets_;
  std::map<ModelScale, std::vector<Draw>> draws_;
  Joined joined_;
};

}  // namespace

Joined join_measured(const Campaign& campaign, const std::map<std::string, Predictor>& models, const Budgets& budgets) {
  return MeasuredJoin(campaign, models, budgets).run();
}

}  // namespace ringtrue
