#include "sim/training/replay_training.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/training/exchange.hpp"
#include "sim/cluster/kernel_scheduler.hpp"
#include "sim/cluster/polling/polling.hpp"
#include "sim/training/advances.hpp"

namespace ringtrue {
namespace {

const ComputeProfile& profile_of(const Experiment& experiment, const TrainingStep& step,
                                 const ClusterPlatform& platform, const ClusterScale& scale) {
  if (const ComputeProfile* found = find_profile(scale.profiles, step.model, step.batch)) return *found;
  throw Error(fmt::format(
      "{}: the platform of {} does not know what {} with a batch of {} computes, neither at {} ranks nor at 1; add "
      R"({{"calibration": "layer_profile", "model": "{}", "batch": {}}} to the suite's 'calibrate', measure it at {} )"
      "ranks and calibrate again",
      experiment_key(experiment), system_id(platform.system), step.model, step.batch, experiment.ranks, step.model,
      step.batch, experiment.ranks));
}

Seconds time_of_layer(const std::map<std::string, Seconds>& times, const std::string& layer,
                      const ComputeProfile& profile) {
  const auto found = times.find(layer);
  if (found != times.end()) return found->second;
  throw Error(
      fmt::format("layer '{}' of model '{}' is not in the platform's profile of batch {}: it was measured with "
                  "another description of the model; measure the layer_profile again",
                  layer, profile.model, profile.batch));
}

StepCosts computing_of(const ComputeProfile& profile, const Model& model) {
  const std::string loss = "loss";
  StepCosts costs{.forward = time_of_layer(profile.forward, loss, profile),
                  .loss_backward = time_of_layer(profile.backward, loss, profile),
                  .backward = {},
                  .update = profile.update,
                  .spread = profile.spread,
                  .buckets = {}};
  for (const Layer& layer : model.layers) {
    costs.forward += time_of_layer(profile.forward, layer.name, profile);
    costs.backward.push_back(time_of_layer(profile.backward, layer.name, profile));
  }
  return costs;
}

/// Of two threads on one core, if nothing was measured.
constexpr BusyPoint two_halves{.buffer = {}, .slowdown = 2, .computing_rate = 0.5};

/// Replays each collective once.
class Exchanges {
 public:
  struct Replayed {
    Seconds time{};
    double core_share = 1;
    int advances = 1;
  };

  Exchanges(const ClusterPlatform& platform, const ClusterScale& scale, Overlap overlap)
      : platform_(platform), unlimited_(platform), scale_(scale), overlap_(overlap) {
    unlimited_.link = {};
  }

  const Replayed& of(const Experiment& collective) {
    const auto [known, added] = replayed_.try_emplace(experiment_key(collective));
    if (added) known->second = replay_once(collective);
    return known->second;
  }
  bool extrapolated() const { return extrapolated_; }

 private:
  Replayed replay_once(const Experiment& collective) {
    const Prediction prediction = replay_on(platform_, collective);
    extrapolated_ = extrapolated_ || prediction.extrapolated;
    Replayed replayed{.time = prediction.time};
    const bool limited = platform_.system.shared_pool && platform_.link.bits_per_s > 0;
    if (limited && overlap_ == Overlap::polling && prediction.time > Seconds{0})
      replayed.core_share = std::min(1.0, replay_on(unlimited_, collective).time / prediction.time);
    if (overlap_ == Overlap::polling)
      replayed.advances = advances_of(collective, largest_eager_message(platform_.eager_limit));
    return replayed;
  }
  Prediction replay_on(const ClusterPlatform& platform, const Experiment& collective) const {
    return platform.system.shared_pool ? replay_polling(collective, platform, scale_)
                                       : replay(collective, platform, scale_);
  }

  const ClusterPlatform& platform_;
  ClusterPlatform unlimited_;
  const ClusterScale& scale_;
  Overlap overlap_;
  std::map<std::string, Replayed> replayed_;
  bool extrapolated_ = false;
};

/// `sharded`, each rank updates its part only.
void share_update(const TrainingStep& step, int ranks, StepCosts& costs) {
  if (step.sharded) costs.update /= ranks;
}

Prediction prediction_of(const StepCosts& costs, Overlap overlap, bool extrapolated) {
  const StepReplay replayed = replay_step(costs, overlap);
  return {.time = replayed.time, .extrapolated = extrapolated, .phases = phases_of(replayed.mean)};
}

}  // namespace

Prediction replay_training(const Experiment& experiment, const Model& model, const ClusterPlatform& platform,
                           const ClusterScale& scale) {
  assert(scale.ranks == experiment.ranks);
  const auto& step = std::get<TrainingStep>(experiment.workload);
  const ComputeProfile& profile = profile_of(experiment, step, platform, scale);
  StepCosts costs = computing_of(profile, model);
  costs.sharing = ranks_per_core(experiment.ranks, platform.system);
  costs.slice = to_seconds(base_slice(platform.system));
  share_update(step, experiment.ranks, costs);
  Exchanges exchanges(platform, scale, step.overlap);
  const bool busy_unknown = step.overlap == Overlap::thread && experiment.ranks > 1 && scale.busy.empty();
  if (experiment.ranks > 1) {
    for (const Bucket& bucket : make_buckets(model, step.buckets)) {
      const BucketExchange exchange = exchange_of(step, bucket, experiment.ranks);
      const BusyPoint busy = busy_at(scale.busy, bucket.bytes).value_or(two_halves);
      const Exchanges::Replayed& gradients = exchanges.of(exchange.gradients.front());
      BucketCost cost{.last_layer = bucket.last_layer,
                      .gradients = gradients.time,
                      .parameters = {},
                      .slowdown = busy.slowdown,
                      .computing_rate = busy.computing_rate,
                      .core_share = gradients.core_share,
                      .advances = gradients.advances};
      for (const Experiment& gather : exchange.parameters) cost.parameters += exchanges.of(gather).time;
      costs.buckets.push_back(cost);
    }
  }
  return prediction_of(costs, step.overlap, profile.extrapolated || exchanges.extrapolated() || busy_unknown);
}

std::optional<Prediction> predict_training(const Experiment& experiment, const Model& model,
                                           std::span<const StatedProfile> profiles, const PredictExchange& exchange) {
  const auto& step = std::get<TrainingStep>(experiment.workload);
  const auto profile = std::ranges::find_if(
      profiles, [&](const StatedProfile& p) { return p.model == step.model && p.batch == step.batch; });
  if (profile == profiles.end()) return std::nullopt;
  StepCosts costs = costs_of(*profile, model);
  share_update(step, experiment.ranks, costs);
  const auto times_of = [&](const std::vector<Experiment>& collectives) -> std::optional<Seconds> {
    Seconds sum{};
    for (const Experiment& collective : collectives) {
      const std::optional<Prediction> prediction = exchange(collective);
      if (!prediction) return std::nullopt;
      sum += prediction->time;
    }
    return sum;
  };
  for (const Bucket& bucket : experiment.ranks > 1 ? make_buckets(model, step.buckets) : std::vector<Bucket>{}) {
    const BucketExchange parts = exchange_of(step, bucket, experiment.ranks);
    const std::optional<Seconds> gradients = times_of(parts.gradients), parameters = times_of(parts.parameters);
    if (!gradients || !parameters) return std::nullopt;
    costs.buckets.push_back({.last_layer = bucket.last_layer, .gradients = *gradients, .parameters = *parameters});
  }
  return prediction_of(costs, step.overlap == Overlap::none ? Overlap::none : Overlap::thread, false);
}

}  // namespace ringtrue
