#pragma once

#include <optional>
#include <vector>

#include "sim/nccl/machine.hpp"

namespace ringtrue::nccl {

/// How NCCL runs a collective. Point-to-point ones are `direct`.
struct Choice {
  Algorithm algorithm = Algorithm::ring;
  Protocol protocol = Protocol::simple;
  bool operator==(const Choice&) const = default;
};

/// One cell of the table that NCCL prints with NCCL_DEBUG_SUBSYS=TUNING: what it believes, not what is.
struct Estimate {
  double latency_us = 0;
  double algbw_gb_per_s = 0;
};

/// What NCCL 2.28.9 to 2.30.7 believes of Hopper GPUs on NVSwitch, with Intel hosts and 400 Gbit/s a GPU between nodes.
/// Source of formulas and constants: NVIDIA/nccl src/graph/tuning.cc. Requires that NCCL has the choice for the call.
Estimate estimate(const Call& call, Choice choice);

/// The time that the tuner compares: latency + bytes / algbw, with its corrections of trees and of rings between nodes.
double tuner_time_us(const Call& call, Choice choice);

/// What the call leaves open, as the tuner decides it: the least tuner_time_us of those NCCL has. Requires a call that
/// the machine does not refuse.
Choice choose(const Call& call, const Machine& machine);

}  // namespace ringtrue::nccl
