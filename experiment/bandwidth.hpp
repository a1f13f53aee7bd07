#pragma once

#include <stdexcept>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// Algorithm bandwidth: S / t, S as defined per collective. Decimal bytes per second.
constexpr Bandwidth algbw(Bytes message, Seconds time) { return message / time; }

/// busbw / algbw. Source: NVIDIA/nccl-tests doc/PERFORMANCE.md.
constexpr double busbw_factor(Collective collective, int ranks) {
  const double p = ranks;
  switch (collective) {
    case Collective::all_reduce: return 2 * (p - 1) / p;
    case Collective::reduce_scatter:
    case Collective::all_gather:
    case Collective::all_to_all: return (p - 1) / p;
    case Collective::broadcast:
    case Collective::send_recv: return 1;
  }
  throw std::logic_error("busbw_factor: not a collective");
}

constexpr Bandwidth busbw(Collective collective, Bytes message, int ranks, Seconds time) {
  return {algbw(message, time).bytes_per_second * busbw_factor(collective, ranks)};
}

}  // namespace ringtrue
