#include "sim/timeline/simulate_timeline.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"
#include "experiment/record/machine_state.hpp"
#include "sim/cluster/polling/polling.hpp"

namespace ringtrue {
namespace {

/// When each rank began each of its operations, and ended, in one iteration.
using Times = std::vector<std::vector<Seconds>>;

Seconds start_of(const Times& times) {
  return std::ranges::min(times, {}, [](const std::vector<Seconds>& own) { return own.front(); }).front();
}

Seconds span_of(const Times& times) {
  return std::ranges::max(times, {}, [](const std::vector<Seconds>& own) { return own.back(); }).back() -
         start_of(times);
}

/// Which of the iterations is the one that was predicted. Of several that take as long, the last: the first one
/// settles.
const Times& predicted_one(const std::vector<Times>& iterations, Seconds prediction) {
  const auto distance = [&](const Times& times) { return std::abs((span_of(times) - prediction).count()); };
  return *std::ranges::min_element(iterations.rbegin(), iterations.rend(), {}, distance);
}

/// Ranks that poll replay several iterations, which follow each other; others one, from zero.
Timeline replay_timeline(const Experiment& experiment, const ClusterPlatform& machine, const ClusterScale& scale) {
  std::vector<Times> iterations;
  const ObserveReplay observe = [&](int rank, int iteration, SimTime when) {
    if (std::cmp_less_equal(iterations.size(), iteration))
      iterations.emplace_back(static_cast<std::size_t>(experiment.ranks));
    iterations[static_cast<std::size_t>(iteration)][static_cast<std::size_t>(rank)].push_back(to_seconds(when));
  };
  const bool polling = machine.system.shared_pool;
  const Prediction prediction =
      polling ? replay_polling(experiment, machine, scale, observe) : replay(experiment, machine, scale, observe);
  const Times& times = predicted_one(iterations, prediction.time);
  const Seconds start = polling ? start_of(times) : Seconds{0};
  Timeline timeline{.experiment = experiment,
                    .system_id = "",
                    .source = "",
                    .state = scale.state,
                    .makespan = prediction.time,
                    .recording = {},
                    .phases = {}};
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    std::vector<Seconds> own = times[static_cast<std::size_t>(rank)];
    for (Seconds& time : own) time -= start;
    const std::vector<Phase> phases = phases_of(experiment, rank, own);
    timeline.phases.insert(timeline.phases.end(), phases.begin(), phases.end());
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

std::vector<const ClusterScale*> wanted_scales(const ClusterPlatform& machine, int ranks, const ReplayOn& on,
                                               Known& known) {
  std::vector<const ClusterScale*> wanted;
  for (const ClusterScale& scale : machine.scales) {
    known.ranks.insert(scale.ranks);
    if (scale.ranks != ranks) continue;
    known.states.insert(shown(scale.state));
    if (is_wanted(scale, machine, on)) wanted.push_back(&scale);
  }
  return wanted;
}

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
    for (const ClusterScale* scale : wanted_scales(*machine, experiment.ranks, on, known)) {
      timelines.push_back(replay_timeline(experiment, *machine, *scale));
      timelines.back().source = platform.model;
      timelines.back().system_id = on.system_id.empty() ? platform.describes.front() : on.system_id;
    }
  }
  if (timelines.empty()) refuse(experiment, file, on, known);
  return timelines;
}

}  // namespace ringtrue
