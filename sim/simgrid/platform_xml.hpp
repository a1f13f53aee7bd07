#pragma once

#include <string>

#include "sim/simgrid/network.hpp"

namespace ringtrue::simgrid {

/// Speed of a core, so that seconds become the flops SimGrid wants: 1 Gflop/s.
inline constexpr double flops_per_second = 1e9;

/// SimGrid's platform file, with SMPI's options in it: hosts with their cores; links for what messages share (a host's
/// memory and, with several hosts, its port) and for what each has to itself; lat-factor and bw-factor by protocol, the
/// overheads of sends and receives, the eager limit.
std::string platform_xml(const Network& network);

/// One host name a line and rank, in the order of ranks.
std::string hostfile(const Network& network);

}  // namespace ringtrue::simgrid
