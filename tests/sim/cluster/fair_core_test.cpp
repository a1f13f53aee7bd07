#include "sim/cluster/fair_core.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;

TEST_CASE("a rank alone always runs") {
  FairCore core({7});
  for (int i = 0; i < 3; ++i) {
    REQUIRE(core.pick() == 0);
    core.yield(0);
  }
}

TEST_CASE("ranks that yield take turns in a fixed round") {
  FairCore core({4, 5, 6});
  for (int round = 0; round < 100; ++round) {
    for (std::size_t i = 0; i < 3; ++i) {
      REQUIRE(core.pick() == i);
      core.yield(i);
    }
  }
}
