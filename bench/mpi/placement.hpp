#pragma once

#include <string>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "experiment/system.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// Where the ranks of this launch are.
struct Place {
  System system;
  std::vector<std::string> hosts;     ///< Host name per rank.
  std::vector<std::string> bindings;  ///< Cores a rank may use, per rank, e.g. "0" or "0,1".
  Bytes link_burst;                   ///< As in the options.
  bool common_clock = false;          ///< All ranks read one kernel's clock, so starts and ends can be compared.
};

/// What the user says of the machines.
struct PlaceOptions {
  std::string testbed = "host";
  bool bind = true;
  std::int64_t link_bits_per_s = 0;  ///< As System::link_bits_per_s.
  Bytes link_burst;                  ///< What a link lets through at once after a pause (a token bucket's size).
};

/// Finds hosts, cores and transport, and binds each rank to its core: rank i of n on a host goes to core i*cores/n,
/// unless the launcher has bound it already or `bind` is false. Hosts of several names on one kernel are emulated: they
/// share its cores, and i and n count over all of them. Collective over `comm`. Without this the kernel moves ranks
/// between cores and the same All-Reduce at 4 ranks varies by a third within one launch.
Place place_ranks(const PlaceOptions& options, const mpi::Communicator& comm);

}  // namespace ringtrue
