#include "bench/exchange/busy_exchange.hpp"

#include <catch2/catch.hpp>

#include "bench/training/thread_time.hpp"
#include "experiment/error.hpp"

using namespace ringtrue;

namespace {

const Exchange small{64_KiB, 1, 8, {4_KiB, 2}};

mpi::Communicator world() { return mpi::Communicator::duplicate(MPI_COMM_WORLD); }

}  // namespace

TEST_CASE("exchanges are made and the rank computes meanwhile") {
  const mpi::Communicator comm = world();
  const Communicators comms{comm};
  const Subject subject = make_subject({BusyExchange{small}, comm.size()}, comms);  // hangs if nothing is exchanged
  subject.reset();
  for (int iteration = 0; iteration < 3; ++iteration) {
    subject.run();
    const Phases seen = subject.observe().phases;
    REQUIRE(seen.size() == 3);
    REQUIRE(seen.at("exchange") > Seconds{0});
    REQUIRE(seen.at("exchange") <= seen.at("beside"));
    REQUIRE(seen.at("computing") >= Seconds{0});  // 0 where the partner's message was there at once
  }
  REQUIRE_FALSE(subject.run_recorded);
  REQUIRE_FALSE(subject.count_wrong());
}

TEST_CASE("what is exchanged is refreshed before each exchange, not once a run") {
  const mpi::Communicator comm = world();
  int refreshed = 0, exchanged = 0;
  Subject alone;
  alone.refresh = [&] {
    REQUIRE(refreshed == exchanged);
    ++refreshed;
  };
  alone.advance = [&] {
    ++exchanged;
    return true;
  };
  const Subject subject = busy_exchange_subject(alone, small, comm);
  REQUIRE_FALSE(subject.refresh);
  subject.run();
  REQUIRE(exchanged > 1);
  REQUIRE(refreshed == exchanged);
}

TEST_CASE("an exchange goes on piece by piece, and the thread naps in between") {
  const mpi::Communicator comm = world();
  int pieces = 0;
  Subject in_pieces;
  in_pieces.advance = [&] { return ++pieces % 3 == 0; };
  const Subject subject = busy_exchange_subject(in_pieces, small, comm);
  subject.run();
  REQUIRE(pieces % 3 == 0);
  const Phases seen = subject.observe().phases;
  REQUIRE(seen.at("beside") >= Seconds{100e-6});            // two naps of 50 us
  REQUIRE(seen.at("computing") < seen.at("beside") * 1.5);  // two clocks
}

TEST_CASE("what goes wrong in an exchange goes wrong in the rank") {
  const mpi::Communicator comm = world();
  Subject failing;
  failing.advance = []() -> bool { throw Error("the cable is cut"); };
  REQUIRE_THROWS_WITH(busy_exchange_subject(failing, small, comm).run(), "the cable is cut");
}

TEST_CASE("the time of an exchange counts from when both partners have begun") {
  const mpi::Communicator comm = world();
  const bool alone = comm.rank() == comm.size() - 1 && comm.size() % 2 == 1;
  Subject slow;
  slow.advance = [&] {  // as if rank 0 had begun long before
    const Seconds until = thread_time() + Seconds{comm.rank() == 0 ? 0.1 : 0.02};
    while (thread_time() < until) {
    }
    return true;
  };
  const Subject subject = busy_exchange_subject(slow, small, comm);
  subject.run();
  const Phases seen = subject.observe().phases;
  if (comm.rank() == 0) REQUIRE(seen.at("beside") >= Seconds{0.1});
  if (comm.rank() == 0) REQUIRE(seen.at("exchange") < seen.at("beside"));
  REQUIRE(seen.at("exchange") >= Seconds{0.02});
  REQUIRE(seen.at("computing") > Seconds{0});
  if (alone) REQUIRE(seen.at("exchange") == seen.at("beside"));
}
