#pragma once

#include "sim/cluster/cluster.hpp"

namespace ringtrue {

/// Hosts that share `cores` cores of one machine, eager up to 64 KiB.
inline ClusterPlatform emulated(int hosts, int cores, LinkLimit link = {}) {
  return {.system = {.testbed = "cluster",
                     .hosts = hosts,
                     .cores = cores,
                     .shared_pool = true,
                     .placement = Placement::block,
                     .transport = "tcp",
                     .link_bits_per_s = link.bits_per_s},
          .eager_limit = 64_KiB,
          .link = link,
          .state_threshold_s = 0,
          .scales = {}};
}

}  // namespace ringtrue
