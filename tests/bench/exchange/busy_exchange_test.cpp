#include "bench/exchange/busy_exchange.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "bench/clock.hpp"
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
    REQUIRE(seen.size() == 2);
    REQUIRE(seen.at("exchange") > Seconds{0});
    REQUIRE(seen.at("computing") < 1.5 * seen.at("exchange"));  // two clocks; 0 where the message was there at once
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
  REQUIRE(seen.at("exchange") >= Seconds{100e-6});  // two naps of 50 us
  REQUIRE(seen.at("computing") > Seconds{0});
  REQUIRE(seen.at("computing") < 1.5 * seen.at("exchange"));
}

TEST_CASE("what goes wrong in an exchange goes wrong in the rank") {
  const mpi::Communicator comm = world();
  Subject failing;
  failing.advance = []() -> bool { throw Error("the cable is cut"); };
  REQUIRE_THROWS_WITH(busy_exchange_subject(failing, small, comm).run(), "the cable is cut");
}

TEST_CASE("an exchange counts from when both partners have begun, and so does what is computed meanwhile") {
  const mpi::Communicator comm = world();
  Seconds own{};
  int exchanges = 0;
  Subject slow;
  slow.advance = [&] {  // as if rank 0 had begun long before
    const Seconds began = now(), until = thread_time() + Seconds{comm.rank() == 0 ? 0.1 : 0.02};
    while (thread_time() < until) {
    }
    own += now() - began;
    ++exchanges;
    return true;
  };
  const Subject subject = busy_exchange_subject(slow, small, comm);
  subject.run();
  const Phases seen = subject.observe().phases;
  REQUIRE(seen.at("exchange") >= Seconds{0.02});
  REQUIRE(seen.at("computing") > Seconds{0});
  if (comm.rank() == 0) REQUIRE(seen.at("exchange") < own / exchanges);
  std::array<double, 2> of_rank_1{seen.at("exchange").count(), seen.at("computing").count()};
  mpi::check(MPI_Bcast(of_rank_1.data(), 2, MPI_DOUBLE, 1, comm.get()), "MPI_Bcast");
  REQUIRE(seen == Phases{{"exchange", Seconds{of_rank_1[0]}}, {"computing", Seconds{of_rank_1[1]}}});
}
