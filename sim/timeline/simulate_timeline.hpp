#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/timeline/timeline.hpp"
#include "sim/platform.hpp"

namespace ringtrue {

/// Which of a platform file's machines to replay on.
struct ReplayOn {
  std::string system_id;         ///< Any if empty.
  std::string state;             ///< fast or slow; if empty, what `canary` says, or all there are.
  std::optional<Canary> canary;  ///< Of a measurement whose state is to be met.
};

/// One timeline for each cluster machine, system and state of `file` that `on` asks for: the phases of every rank as
/// the cluster model replays them. Pure. Throws Error if there is none, naming what there is, or if the experiment has
/// no schedule.
std::vector<Timeline> simulate_timelines(const Experiment& experiment, const PlatformFile& file, const ReplayOn& on);

}  // namespace ringtrue
