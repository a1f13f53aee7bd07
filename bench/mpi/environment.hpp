#pragma once

#include "bench/mpi/placement.hpp"
#include "experiment/json.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// What a reader needs to know about the machine: CPU, cores, kernel, hypervisor, MPI version, MCA parameters that were
/// set, the eager limit of the transport, binding and placement of each rank, load average, free memory.
Json describe_environment(const Place& place);

/// Largest message the transport sends without a handshake; 0 if the library does not say.
Bytes eager_limit(const Place& place);

}  // namespace ringtrue
