#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "validate/ranking/ranking.hpp"

namespace ringtrue {

/// What training steps of one ranking differ in, and nothing else.
enum class TrainingChoice { buckets, overlap };

/// Training steps, measured and predicted: which buckets, or which overlap, is the fastest?
struct TrainingRanking {
  TrainingChoice question = TrainingChoice::buckets;
  Ranking ranking;  ///< At least two times.
};

/// Of each model and question the verified steps of two ranks and more that it predicts, in a stable order.
/// `least_launches`: as many as a verdict needs.
std::vector<TrainingRanking> rank_training(const Campaign& campaign, const std::map<std::string, Predictor>& models,
                                           int least_launches);

Json to_json(const TrainingRanking& ranking);
/// As written into a comparison. Strict. Throws Error.
TrainingRanking parse_training_ranking(const Json& json, const std::string& where);

std::string_view to_string(TrainingChoice question);

}  // namespace ringtrue
