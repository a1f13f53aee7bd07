#include "sim/timeline/simulate_timeline.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"
#include "experiment/record/machine_state.hpp"

namespace ringtrue {
namespace {

Timeline replay_timeline(const Experiment& experiment, const ClusterPlatform& machine, const ClusterScale& scale) {
  std::vector<std::vector<Seconds>> times(static_cast<std::size_t>(experiment.ranks));
  const Prediction prediction = replay(experiment, machine, scale, [&](int rank, SimTime when) {
    times[static_cast<std::size_t>(rank)].push_back(to_seconds(when));
  });
  Timeline timeline{.experiment = experiment,
                    .system_id = "",
                    .source = "",
                    .state = scale.state,
                    .makespan = prediction.time,
                    .recording = {},
                    .phases = {}};
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    const std::vector<Phase> own = phases_of(experiment, rank, times[static_cast<std::size_t>(rank)]);
    timeline.phases.insert(timeline.phases.end(), own.begin(), own.end());
  }
  return timeline;
}

/// True if the scale stands for the state asked for. A scale without a name stands for any the machine may be in, but
/// is not one that a user can name.
bool is_wanted(const ClusterScale& scale, const ClusterPlatform& machine, const ReplayOn& on) {
  if (!on.state.empty()) return scale.state == on.state;
  if (!on.canary || scale.state.empty()) return true;
  const std::string measured = MachineStates{machine.state_threshold_s}.of(*on.canary);
  return measured == "mixed" || scale.state == measured;
}

/// What the file would have had, for the message that it has not what was asked for.
struct Known {
  std::set<std::string> systems, states;
  std::set<int> ranks;
};

[[noreturn]] void refuse(const Experiment& experiment, const PlatformFile& file, const ReplayOn& on,
                         const Known& known) {
  if (known.systems.empty())
    throw Error(
        fmt::format("{}: holds no cluster machine, the only one whose ranks are replayed; make one with "
                    "ringtrue-sim calibrate",
                    file.name));
  if (known.ranks.empty())
    throw Error(fmt::format("{}: is of {}, not of {}; give the platform that was calibrated there", file.name,
                            fmt::join(known.systems, ", "), on.system_id));
  if (known.states.empty())
    throw Error(
        fmt::format("{}: was fitted at {} ranks, and {} has {}; measure the calibration part of the suite at "
                    "as many ranks and calibrate again",
                    file.name, fmt::join(known.ranks, ", "), experiment_key(experiment), experiment.ranks));
  throw Error(fmt::format("{}: no state '{}' at {} ranks; known: {}", file.name, on.state, experiment.ranks,
                          fmt::join(known.states, ", ")));
}

std::string shown(const std::string& state) { return state.empty() ? "one for all, so leave --state out" : state; }

}  // namespace

std::vector<Timeline> simulate_timelines(const Experiment& experiment, const PlatformFile& file, const ReplayOn& on) {
  std::vector<Timeline> timelines;
  Known known;
  for (const Platform& platform : file.platforms) {
    const auto* machine = std::get_if<ClusterPlatform>(&platform.machine);
    if (machine == nullptr) continue;
    known.systems.insert(platform.describes.begin(), platform.describes.end());
    const bool there = on.system_id.empty() || std::ranges::count(platform.describes, on.system_id) > 0;
    if (!there || platform.describes.empty()) continue;
    for (const ClusterScale& scale : machine->scales) {
      known.ranks.insert(scale.ranks);
      if (scale.ranks != experiment.ranks) continue;
      known.states.insert(shown(scale.state));
      if (!is_wanted(scale, *machine, on)) continue;
      timelines.push_back(replay_timeline(experiment, *machine, scale));
      timelines.back().source = platform.model;
      timelines.back().system_id = on.system_id.empty() ? platform.describes.front() : on.system_id;
    }
  }
  if (timelines.empty()) refuse(experiment, file, on, known);
  return timelines;
}

}  // namespace ringtrue
