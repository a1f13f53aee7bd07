#pragma once

#include "experiment/experiment.hpp"

namespace ringtrue {

/// ASTRA-sim's view of a measured system: ranks in a Ring (two ranks: FullyConnected, as its Ring of 2 aborts), its
/// link and reduction priced by the same calibration as ours.
struct AstraRing {
  Seconds latency{};    ///< Of a link: what the smallest message takes.
  Bandwidth bandwidth;  ///< Of a link.
  Bandwidth memory;     ///< Of which a reduction takes three passes over a message.
  int ranks = 0;        ///< It was calibrated at, and predicts for; 0: any.
};

/// ASTRA-sim's view of a node of GPUs on a switch, as its HGX-H100-validated files describe one.
struct AstraSwitch {
  Seconds latency{};    ///< Between GPU and switch.
  Bandwidth bandwidth;  ///< Of a link, one direction.
  Bandwidth memory;     ///< As of AstraRing.
  int endpoint_delay_ns = 10;
  int chunks = 1;         ///< Of a collective, preferred-dataset-splits.
  int active_chunks = 1;  ///< Of them, at once.
};

/// True for what astra_switch_time knows: all_reduce, reduce_scatter and all_gather, each as a ring.
bool astra_switch_knows(Collective collective);

/// What ASTRA-sim's congestion-aware backend says for one collective by ring; `bytes` as nccl-tests counts. Requires
/// ranks >= 2 and a collective it knows.
Seconds astra_switch_time(Collective collective, Bytes bytes, int ranks, const AstraSwitch& machine);

/// What ASTRA-sim's congestion-aware backend says for one ring All-Reduce of `bytes`, in one chunk, with the smallest
/// endpoint delay it allows (1 ns). Requires ranks >= 2.
Seconds astra_ring_time(Bytes bytes, int ranks, const AstraRing& machine);

}  // namespace ringtrue
