#pragma once

#include <string>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "experiment/suite.hpp"

namespace ringtrue {

/// Before MPI starts: throws Error if no launcher started us (else each process would measure alone).
void require_launcher();

/// What the launcher says about this process in its environment; -1 and 0 where it says nothing.
struct PlaceInLaunch {
  int rank = -1;
  int ranks = 0;
};
PlaceInLaunch place_in_launch();

/// Throws the same Error on every rank if program, suite or arguments differ between ranks. Collective.
void require_same_everywhere(const Suite& suite, const std::string& arguments, const mpi::Communicator& comm);

/// What one rank needs for the largest row. Throws Error if the hosts have not as much free. Collective.
Bytes require_memory(const std::vector<SuiteRow>& rows, const Models& models, const mpi::Communicator& comm);

}  // namespace ringtrue
