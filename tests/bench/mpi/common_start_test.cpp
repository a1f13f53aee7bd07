#include "bench/mpi/common_start.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "bench/clock.hpp"

using namespace ringtrue;

namespace {

mpi::Communicator world() { return mpi::Communicator::duplicate(MPI_COMM_WORLD); }

Place place(bool common_clock, int cores) {
  return {.system = {.cores = cores}, .hosts = {}, .bindings = {}, .common_clock = common_clock};
}

/// When the last rank comes by here.
Seconds last_of(Seconds time, const mpi::Communicator& comm) {
  return Seconds{mpi::max_over_ranks(time.count(), comm)};
}

void come_late(const mpi::Communicator& comm) {
  if (comm.rank() == comm.size() - 1) std::this_thread::sleep_for(std::chrono::milliseconds(3));
}

}  // namespace

TEST_CASE("nobody begins before the last has come") {
  const mpi::Communicator comm = world();
  const bool common_clock = GENERATE(true, false);
  const int cores = GENERATE(1, 8);  // one that all share, or enough for all
  CommonStart start(comm, place(common_clock, cores));
  for (int i = 0; i < 3; ++i) {
    come_late(comm);
    const Seconds came = now();
    start.wait();
    const Seconds began = now();
    REQUIRE(began >= last_of(came, comm));
  }
}

TEST_CASE("late starts are counted where there is a common clock, each once") {
  const mpi::Communicator comm = world();
  CommonStart start(comm, place(true, 1));
  for (int i = 0; i < 20; ++i) start.wait();
  const std::optional<int> late = start.take_late();
  REQUIRE((late && *late >= 0 && *late <= 20));
  REQUIRE(start.take_late() == 0);
  CommonStart barrier(comm, place(false, 1));
  barrier.wait();
  REQUIRE_FALSE(barrier.take_late());
}

TEST_CASE("the next iteration is prepared when all have ended the one before") {
  const mpi::Communicator comm = world();
  const bool common_clock = GENERATE(true, false);
  CommonStart start(comm, place(common_clock, 1));
  start.wait();
  come_late(comm);
  const Seconds ended = now();
  Seconds prepared{};
  start.prepare([&] { prepared = now(); });
  REQUIRE(prepared >= last_of(ended, comm));
  start.prepare({});  // nothing to do, nothing to wait for
}

TEST_CASE("who ends early on a shared core asks nobody until an iteration has taken as long as usual") {
  const mpi::Communicator comm = world();
  if (comm.size() == 1) return;
  CommonStart start(comm, place(true, 1));
  const Seconds before = now();
  start.expect(Seconds{0.005});
  start.wait();
  start.prepare({});
  REQUIRE(now() - before >= Seconds{0.005});
}
