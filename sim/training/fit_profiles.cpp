// Layer profiles become what ranks compute. Each phase is the median over the launches drawn; the clock of a pass also
// sees what lies between its layers, which is given to them in proportion, so that layers add up to their pass.

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/training/step_metrics.hpp"
#include "sim/cluster/fit.hpp"

namespace ringtrue {
namespace {

/// Scales the layers so that they add up to the whole; as they are if it is unknown.
void add_up(std::map<std::string, Seconds>& layers, Seconds whole) {
  Seconds sum{};
  for (const auto& [layer, time] : layers) sum += time;
  if (whole <= Seconds{0} || sum <= Seconds{0}) return;
  for (auto& [layer, time] : layers) time *= whole / sum;
}

}  // namespace

Seconds SystemFit::spread_of(const CalibrationRow& row, const std::string& state) const {
  const auto beyond_the_mean = [](const auto& sample) {
    return std::max(Seconds{0}, sample.time - compute_of(sample.phases));
  };
  return time_of(row, state, beyond_the_mean).time;
}

ComputeProfile SystemFit::profile_of(const CalibrationRow& row, ClusterScale& scale) const {
  const auto& subject = std::get<LayerProfile>(row.experiment.workload);
  const auto median_of = [&](const std::string& phase) {
    const Timed timed = time_of(row, scale.state, [&](const auto& sample) { return phase_of(sample.phases, phase); });
    scale.pooled = scale.pooled || timed.pooled;
    return timed.time;
  };
  constexpr std::string_view forward = "forward/", backward = "backward/";
  ComputeProfile profile{.model = subject.model,
                         .batch = subject.batch,
                         .forward = {},
                         .backward = {},
                         .update = median_of("update"),
                         .spread = spread_of(row, scale.state)};
  for (const auto& [phase, time] : row.samples.front().phases) {
    if (phase.starts_with(forward)) profile.forward[phase.substr(forward.size())] = median_of(phase);
    if (phase.starts_with(backward)) profile.backward[phase.substr(backward.size())] = median_of(phase);
  }
  if (profile.forward.empty() || profile.backward.empty())
    throw Error(
        fmt::format("{}, {}: the records of this layer_profile have no times of layers in phases_s; measure "
                    "it again with ringtrue-bench",
                    system_id_, experiment_key(row.experiment)));
  add_up(profile.forward, median_of("forward"));
  add_up(profile.backward, median_of("backward"));
  return profile;
}

void SystemFit::fit_profiles(ClusterScale& scale) const {
  for (const CalibrationRow* row : rows_at(scale.ranks))
    if (std::holds_alternative<LayerProfile>(row->experiment.workload))
      scale.profiles.push_back(profile_of(*row, scale));
}

namespace {

void add_shared(const ClusterScale& one_rank, const System& system, ClusterScale& scale) {
  const bool same_state = one_rank.state.empty() || scale.state.empty() || one_rank.state == scale.state;
  if (scale.ranks == 1 || !same_state) return;
  for (const ComputeProfile& profile : one_rank.profiles)
    if (find_profile(scale.profiles, profile.model, profile.batch) == nullptr)
      scale.profiles.push_back(shared_profile(profile, ranks_per_core(scale.ranks, system)));
}

}  // namespace

void share_one_rank_profiles(std::map<std::string, ClusterPlatform>& clusters) {
  std::vector<ClusterScale> one_rank;
  for (const auto& [id, cluster] : clusters)
    for (const ClusterScale& scale : cluster.scales)
      if (scale.ranks == 1) one_rank.push_back(scale);
  for (auto& [id, cluster] : clusters)
    for (ClusterScale& scale : cluster.scales)
      for (const ClusterScale& one : one_rank) add_shared(one, cluster.system, scale);
}

}  // namespace ringtrue
