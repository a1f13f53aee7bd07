// Catch2 under mpiexec: every rank runs every test; the program fails on all ranks if it fails on one.

#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "bench/mpi/mpi.hpp"

int main(int argc, char** argv) {
  setenv("OMPI_MCA_coll_tuned_use_dynamic_rules", "1", 0);  // as bench/main.cpp does
  const ringtrue::mpi::Environment environment(argc, argv);
  const ringtrue::mpi::Communicator world = ringtrue::mpi::Communicator::duplicate(MPI_COMM_WORLD);
  const int failed = Catch::Session().run(argc, argv);
  return ringtrue::mpi::max_over_ranks(failed, world) > 0 ? 1 : 0;
}
