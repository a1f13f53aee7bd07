#include "sim/cluster/fair_core.hpp"

#include <map>

#include <catch2/catch.hpp>

using namespace ringtrue;
using namespace std::chrono_literals;

TEST_CASE("a rank alone always runs") {
  FairCore core({7});
  for (int i = 0; i < 3; ++i) {
    REQUIRE(core.pick() == 0);
    core.yield(0, 5us);
  }
}

TEST_CASE("who yields comes last, and equal turns give everybody as many") {
  FairCore core({0, 1, 2, 3});
  std::map<std::size_t, int> turns;
  for (int i = 0; i < 4000; ++i) {
    const std::size_t index = core.pick();
    ++turns[index];
    core.yield(index, 6us);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    REQUIRE(turns[i] >= 900);
    REQUIRE(turns[i] <= 1100);
  }
}

// Rank 1 starts 1 us of virtual time behind rank 0, so the average is 0.5 us. Rank 0 runs 1 us: now both are at 1 us,
// the average as well, rank 0 is eligible, and its yield takes it to its deadline. Had it run 3 us, it would stand at 3
// us above the average of 2 us: it keeps its deadline, and still rank 1 is next, because only rank 1 is eligible.
TEST_CASE("a rank ahead of the average keeps its deadline when it yields") {
  FairCore eligible({0, 1});
  REQUIRE(eligible.pick() == 0);
  eligible.yield(0, 1us);
  REQUIRE(eligible.pick() == 1);
  eligible.yield(1, 1us);
  REQUIRE(eligible.pick() == 0);

  FairCore ahead({0, 1});
  ahead.yield(0, 3us);
  REQUIRE(ahead.pick() == 1);
  ahead.yield(1, 1us);         // at 2 us, below the average of 2.5: goes to its deadline, far ahead
  REQUIRE(ahead.pick() == 0);  // kept the earlier deadline
}
