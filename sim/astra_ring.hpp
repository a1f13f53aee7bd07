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

/// What ASTRA-sim's congestion-aware backend says for one ring All-Reduce of `bytes`, in one chunk, with the smallest
/// endpoint delay it allows (1 ns). Requires ranks >= 2.
Seconds astra_ring_time(Bytes bytes, int ranks, const AstraRing& machine);

}  // namespace ringtrue
