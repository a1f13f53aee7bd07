#pragma once

#include "experiment/units.hpp"

namespace ringtrue {

struct Link {
  Seconds alpha{};
  Bandwidth bandwidth;
};

/// Time of a ring All-Reduce over `ranks` equal links: 2(p-1) steps of alpha + S/(pB) each. `message` is S, the buffer
/// of one rank. One rank costs zero. Leaves out the reduction. Requires ranks >= 1. Source: Patarasuk & Yuan, J.
/// Parallel Distrib. Comput. 69(2), 2009.
Seconds ring_all_reduce_time(Bytes message, int ranks, const Link& link);

/// Nobody can be faster: each rank must send 2(p-1)/p S, and `ranks_per_core` ranks share a core that moves at most
/// `bandwidth`. Source of the volume: NVIDIA/nccl-tests doc/PERFORMANCE.md.
Seconds all_reduce_bandwidth_bound(Bytes message, int ranks, int ranks_per_core, Bandwidth bandwidth);

}  // namespace ringtrue
