#include "validate/training/predictions.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace ringtrue {
namespace {

std::string assumption_of(const Predictor& model) {
  std::set<std::string> texts;
  for (const Json& context : model.contexts)
    if (const auto found = context.find(assumption_key); found != context.end() && found->is_string())
      texts.insert(found->get<std::string>());
  return fmt::format("{}", fmt::join(texts, "; "));
}

TrainingPrediction prediction_of(const Predictor& model, const Predicted& p) {
  return {.model = model.name,
          .experiment = p.experiment,
          .system_id = p.system_id,
          .time = Seconds{std::exp(log_time(p, "", std::nullopt))},
          .phases = phases_in(p, ""),
          .extrapolated = p.extrapolated,
          .assumption = assumption_of(model)};
}

auto place_in_list(const TrainingPrediction& p) {
  Experiment any_ranks = p.experiment;
  any_ranks.ranks = 1;
  return std::tuple(p.system_id, p.model, experiment_key(any_ranks), p.experiment.ranks);
}

}  // namespace

std::vector<TrainingPrediction> unmeasured_training(const std::map<std::string, Predictor>& models,
                                                    const Campaign& campaign) {
  std::vector<TrainingPrediction> found;
  for (const auto& [name, model] : models)
    for (const auto& [place, prediction] : model.predictions)
      if (as_training(prediction.experiment) != nullptr &&
          !campaign.measured(prediction.experiment, prediction.system_id))
        found.push_back(prediction_of(model, prediction));
  std::ranges::sort(found, {}, place_in_list);
  return found;
}

}  // namespace ringtrue
