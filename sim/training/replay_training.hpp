#pragma once

#include <functional>
#include <optional>
#include <span>

#include "experiment/training/model.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/training/stated_profile.hpp"

namespace ringtrue {

/// A training step on a cluster: computing from the scale's profile, exchanges as replay() or replay_polling() replay
/// them, both on the same cores (replay_step): a thread's as slow as measured beside computing or, if it was not,
/// extrapolated, at half speed each. Polling needs the core for as much of an exchange as it would take without links.
/// Requires scale.ranks == experiment.ranks, a TrainingStep with an algorithm of ours and its
/// model. Throws Error, naming what to measure, if the scale has no profile of the model and batch.
Prediction replay_training(const Experiment& experiment, const Model& model, const ClusterPlatform& platform,
                           const ClusterScale& scale);

/// What one collective takes; nothing if the model does not know it.
using PredictExchange = std::function<std::optional<Prediction>(const Experiment& collective)>;

/// A training step whose computing is stated and whose exchanges take no part of it: buckets begin when they are ready
/// and the one before is done, or, without overlap, after backward. Nothing if no profile is of the step's model and
/// batch, or an exchange is not predicted. Requires a TrainingStep and its model.
std::optional<Prediction> predict_training(const Experiment& experiment, const Model& model,
                                           std::span<const StatedProfile> profiles, const PredictExchange& exchange);

}  // namespace ringtrue
