#pragma once

#include "sim/nccl/tuner.hpp"

namespace ringtrue::nccl {

/// Time of one collective as nccl-tests measures it: many in a row, so that either the host's launches or the GPUs are
/// waited for. Requires a call that the machine does not refuse, and a choice that NCCL has for it.
///
/// A kernel takes
///   Simple  base + doubling log2(gpus) + sent/bus (1 + bubble/steps) + jitter sqrt(bytes)
///           (a broadcast has no bubble: it passes on slices, not chunks)
///   LL128   base + steps x step + sent / (0.92 bus)
///   LL      base + steps x step + sent / min(ll_most_gb_per_s, bus / 2)
///   NVLS    latency + bytes (1 + 1/gpus) / (efficiency x bus) + jitter sqrt(bytes): a GPU sends all of its message for
///           the switch to reduce, and its share of the result for the switch to multicast
/// and no less than the smallest kernel of the collective, the launches of its process, and the start of as many
/// channels as the message fills. Between nodes, steps that cross cost `net` instead, and the bus is what the network
/// cards move, or the links, of which a ring then uses one less a GPU.
Seconds time_of(const Call& call, Choice choice, const Machine& machine);

/// What no collective of this kind can beat: what a GPU has to send, over its links or cards; `bytes` over NVLS.
Seconds bandwidth_bound(const Call& call, Choice choice, const Machine& machine);

}  // namespace ringtrue::nccl
