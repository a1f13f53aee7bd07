#pragma once

#include <map>
#include <string>
#include <vector>

#include "validate/join/measured.hpp"
#include "validate/join/models.hpp"

namespace ringtrue {

/// Training steps that were predicted and not measured, in order of system, model, training, ranks. A model that says
/// one time for each machine state counts with what it says for any.
std::vector<TrainingPrediction> unmeasured_training(const std::map<std::string, Predictor>& models,
                                                    const Campaign& campaign);

}  // namespace ringtrue
