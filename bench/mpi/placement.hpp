#pragma once

#include <string>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "experiment/system.hpp"

namespace ringtrue {

/// Where the ranks of this launch are.
struct Place {
  System system;
  std::vector<std::string> hosts;     ///< Host name per rank.
  std::vector<std::string> bindings;  ///< Cores a rank may use, per rank, e.g. "0" or "0,1".
  bool common_clock = false;          ///< All ranks read one kernel's clock, so starts and ends can be compared.
};

/// Finds hosts, cores and transport, and binds each rank to its core: rank i of n on a host goes to core i*cores/n,
/// unless the launcher has bound it already or `bind` is false. Collective over `comm`. Without this the kernel moves
/// ranks between cores and the same All-Reduce at 4 ranks varies by a third within one launch.
Place place_ranks(const std::string& testbed, bool bind, const mpi::Communicator& comm);

}  // namespace ringtrue
