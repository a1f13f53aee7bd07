#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/record/phases.hpp"
#include "experiment/system.hpp"
#include "sim/cluster/cost_table.hpp"
#include "sim/cluster/mechanisms.hpp"
#include "sim/cluster/outgoing_link.hpp"
#include "sim/training/busy.hpp"
#include "sim/training/compute_profile.hpp"

namespace ringtrue {

/// What one number of ranks costs on one machine in one state. Fitted on point-to-point and local records of the same
/// number of ranks, all of them active, so that waiting neighbours and shared caches are in the numbers. One rank has
/// no messages: its costs are empty, only `profiles` are known.
struct ClusterScale {
  int ranks = 1;
  std::string state;  ///< fast, slow, or empty for any
  Seconds turn{};  ///< Ranks share cores: one rank's turn (poll, yield, switch). Else: latency of the smallest message.
  Seconds acknowledgement{};  ///< Hosts that share cores: CPU time of a TCP acknowledgement without data, both sides.
  Seconds skew{};             ///< First start to last start after a barrier, beyond what taking turns explains.
  CostTable same_core;        ///< Per message between ranks on one core.
  CostTable cross_core;  ///< Per message between cores, into memory that another core has read since it was written.
  CostTable fresh;       ///< The same into memory that no other core has; empty if unknown: cross_core is for both.
  CostTable reduce;      ///< Per reduced piece.
  CostTable copy;        ///< Per copied piece; empty: as reduce.
  int launches = 0;      ///< That the fit rests on.
  bool pooled = false;   ///< Some sizes were not met in this state; launches of all states stand in for them.
  std::vector<ComputeProfile> profiles{};  ///< What ranks compute in a training step.
  std::vector<BusyPoint> busy{};           ///< How exchanges and computing slow each other down.
};

struct ClusterPlatform {
  System system;
  Bytes eager_limit;
  LinkLimit link;                ///< Of each host; no limit if unknown.
  double state_threshold_s = 0;  ///< Canary that parts fast from slow; infinite for one state.
  std::vector<ClusterScale> scales;
  std::optional<Mechanism> without{};  ///< Left out, to see what it is worth.
  bool has(Mechanism mechanism) const { return without != mechanism; }
};

struct Prediction {
  Seconds time{};
  bool extrapolated = false;
  Phases phases{};  ///< Of a training step; see experiment/record/phases.hpp.
};

/// Largest message that is sent without a handshake: the limit counts the header too. Source: Open MPI 4.1
/// ompi/mca/pml/ob1 (headers of at most 64 bytes).
constexpr Bytes largest_eager_message(Bytes eager_limit) {
  return {eager_limit.count > 64 ? eager_limit.count - 64 : 0};
}

/// Largest message that the replay sends without a handshake.
inline Bytes largest_unannounced(const ClusterPlatform& platform) {
  return platform.has(Mechanism::clearance) ? largest_eager_message(platform.eager_limit) : max_bytes;
}

/// Where costs of messages jump: at the eager limit, unless the replay knows handshakes itself (shared pools), or none
/// is known.
inline Bytes cost_border(const ClusterPlatform& platform) {
  const bool none = platform.system.shared_pool || !platform.has(Mechanism::clearance);
  return none ? Bytes{0} : largest_eager_message(platform.eager_limit);
}

/// What a rank's copies and reductions walk over: out of place, the input and the result.
Bytes bytes_walked(const Experiment& experiment);
/// Called when a rank begins its next operation, and once more when it is done with the iteration (counted from 0).
using ObserveReplay = std::function<void(int rank, int iteration, SimTime when)>;

/// Replays the experiment's schedule, event by event, in integer picoseconds. Uses the platform's system and eager
/// limit and one `scale`. Requires scale.ranks == experiment.ranks and an experiment with a schedule; throws Error if
/// it has none. `observe` may be empty.
Prediction replay(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
                  const ObserveReplay& observe = {});

}  // namespace ringtrue
