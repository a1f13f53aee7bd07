#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "validate/gate/budgets.hpp"
#include "validate/join/measured.hpp"
#include "validate/join/models.hpp"

namespace ringtrue {

/// A pair and its values under the draws of its scale.
struct JoinedRow {
  Pair pair;
  ResampledRow resampled;
};

struct Joined {
  std::vector<JoinedRow> rows;
  std::vector<Unpaired> unpaired;
  std::vector<std::string> warnings;
};

/// Pairs every scored row with every model that knows its system, by equal experiment and system and, launch by launch,
/// by machine state. Rows that were not verified are not paired. `budgets` says which missing rows fail; empty: all of
/// them fail. Throws Error where replicates and draws do not belong together.
Joined join_measured(const Campaign& campaign, const std::map<std::string, Predictor>& models, const Budgets& budgets);

/// Pairs published references with the models that know their system; what one side leaves open matches anything.
Joined join_published(std::span<const PublishedFile> files, const std::map<std::string, Predictor>& models,
                      std::uint64_t seed);

/// Predictions of collectives that found neither a measurement nor a reference. Never fails.
std::vector<Unpaired> unpaired_predictions(const std::map<std::string, Predictor>& models, const Campaign& campaign,
                                           std::span<const JoinedRow> rows);

}  // namespace ringtrue
