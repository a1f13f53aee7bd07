#pragma once

#include "sim/cluster/cluster.hpp"

namespace ringtrue {

/// As replay(), for ranks on emulated hosts (System::shared_pool): they poll TCP sockets and share cores. Uses
/// scale.turn (an empty poll and a switch to the next rank), cross_core and acknowledgement (CPU time of a message
/// and of TCP's acknowledgement, both sides together), reduce and copy. Replays iterations until their median, the
/// prediction, is known; the first one settles and does not count.
Prediction replay_polling(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
                          const ObserveReplay& observe = {});

}  // namespace ringtrue
