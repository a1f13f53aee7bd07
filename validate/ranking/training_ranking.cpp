#include "validate/ranking/training_ranking.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "validate/join/join.hpp"

namespace ringtrue {
namespace {

/// System, ranks, what all steps of the ranking share, model.
using StepQuestion = std::tuple<std::string, int, std::string, std::string>;

/// The experiment without what the question is about.
std::string shared_key(const Experiment& experiment, TrainingChoice question) {
  Experiment any = experiment;
  auto& step = std::get<TrainingStep>(any.workload);
  switch (question) {
    case TrainingChoice::buckets: step.buckets = {BucketRule::one, {}, {}}; break;
    case TrainingChoice::overlap: step.overlap = Overlap::none; break;
  }
  return experiment_key(any);
}

void add_step_times(const Predictor& model, const Campaign& campaign, TrainingChoice question,
                    std::map<StepQuestion, Ranking>& found) {
  for (const MeasuredSeries& series : campaign.series) {
    const MeasuredRow& row = series.row;
    if (as_training(row.experiment) == nullptr || !row.verified || row.experiment.ranks < 2) continue;
    const Predicted* prediction = model.find(row.experiment, row.system_id);
    if (prediction == nullptr) continue;
    Ranking& ranking = found[{row.system_id, row.experiment.ranks, shared_key(row.experiment, question), model.name}];
    ranking.model = model.name;
    ranking.system_id = row.system_id;
    ranking.times.push_back(time_of(series, *prediction));
  }
}

}  // namespace

std::vector<TrainingRanking> rank_training(const Campaign& campaign, const std::map<std::string, Predictor>& models,
                                           int least_launches) {
  std::vector<TrainingRanking> rankings;
  for (const TrainingChoice question : {TrainingChoice::buckets, TrainingChoice::overlap}) {
    std::map<StepQuestion, Ranking> found;
    for (const auto& [name, model] : models)
      if (!model.published) add_step_times(model, campaign, question, found);
    for (auto& [key, ranking] : found) {
      if (ranking.times.size() < 2) continue;
      rank(ranking, least_launches);
      rankings.push_back({question, std::move(ranking)});
    }
  }
  return rankings;
}

Json to_json(const TrainingRanking& ranking) {
  return {{"question", to_string(ranking.question)}, {"ranking", to_json(ranking.ranking)}};
}

TrainingRanking parse_training_ranking(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  TrainingRanking r;
  const std::string question = reader.text("question");
  if (question != "buckets" && question != "overlap") reader.refuse("question", "buckets or overlap");
  r.question = question == "buckets" ? TrainingChoice::buckets : TrainingChoice::overlap;
  r.ranking = parse_ranking(reader.at("ranking"), reader.where("ranking"));
  const auto is_step = [](const AlgorithmTime& time) { return as_training(time.experiment) != nullptr; };
  if (!std::ranges::all_of(r.ranking.times, is_step)) reader.refuse("ranking", "training steps only");
  reader.finish();
  return r;
}

std::string_view to_string(TrainingChoice question) {
  switch (question) {
    case TrainingChoice::buckets: return "buckets";
    case TrainingChoice::overlap: return "overlap";
  }
  throw std::logic_error("to_string: not a question");
}

}  // namespace ringtrue
