#include "sim/cluster/polling/fair_core.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

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

TEST_CASE("equal turns: nobody is left out") {
  FairCore core({0, 1, 2, 3});
  std::map<std::size_t, int> turns;
  for (int i = 0; i < 40'000; ++i) {
    const std::size_t index = core.pick();
    ++turns[index];
    core.yield(index, 6us);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    REQUIRE(turns[i] >= 9'990);
    REQUIRE(turns[i] <= 10'010);
  }
}

// After turns of 10 us both have their deadline at 1.41 ms. Rank 0 works 40 us more and is ahead of the average of 30,
// so rank 1 is next; that works 50 us and is ahead of the average of 55. Both keep their deadlines.
TEST_CASE("who worked waits for the other") {
  FairCore core({0, 1});
  core.yield(0, 10us);
  core.yield(1, 10us);
  core.yield(0, 40us);
  REQUIRE(core.pick() == 1);
  core.yield(1, 50us);
  REQUIRE(core.pick() == 0);
}

// Rank 0 worked 100 us, ranks 1 and 2 6 us each. Rank 1 runs until it is ahead of the average: at 54 us, which is 8
// turns later, that is (100 + 54 + 6) / 3 = 53.3.
TEST_CASE("a yield gives nothing away: who is behind runs on") {
  FairCore core({0, 1, 2});
  core.yield(0, 100us);
  core.yield(1, 6us);
  core.yield(2, 6us);
  int turns = 0;
  for (; core.pick() == 1; ++turns) core.yield(1, 6us);
  REQUIRE(turns == 8);
  REQUIRE(core.pick() == 2);
}

// Ranks 1 and 2 are far behind, both with their deadline at 1.41 ms: rank 1 is there after 140 turns of 10 us.
TEST_CASE("whose slice is over makes way for who has an earlier deadline") {
  FairCore core({0, 1, 2});
  core.yield(0, 50ms);
  core.yield(1, 10us);
  core.yield(2, 10us);
  int turns = 0;
  for (; core.pick() == 1; ++turns) core.yield(1, 10us);
  REQUIRE(turns == 140);
  REQUIRE(core.pick() == 2);
}

// Rank 0 has run 100 us, ranks 1 and 2 nothing. 60 us of idling bring these to 30 us each, 200 us more all to 120 us.
TEST_CASE("an idle core raises those that are behind first") {
  FairCore core({0, 1, 2});
  core.yield(0, 100us);
  core.idle(60us, 10);
  FairCore level = core;
  core.yield(1, 71us);  // to 101 us
  core.yield(2, 71us);
  REQUIRE(core.pick() == 0);
  level.idle(200us, 33);
  level.yield(1, 1us);
  level.yield(2, 1us);
  REQUIRE(level.pick() == 0);
}

TEST_CASE("turns that are not fair go round") {
  FairCore core({0, 1, 2}, false);
  core.yield(0, 100us);
  REQUIRE(core.pick() == 1);
  core.idle(60us, 4);
  REQUIRE(core.pick() == 2);
}

namespace {

/// Turns that the picked rank has in a row, one by one, and who comes then.
std::pair<std::int64_t, std::size_t> one_by_one(FairCore core, SimTime time, std::int64_t most) {
  const std::size_t index = core.pick();
  std::int64_t turns = 0;
  for (; core.pick() == index && turns < most; ++turns) core.yield(index, time);
  return {turns, core.pick()};
}

/// Counts the `steps` it takes.
std::pair<std::int64_t, std::size_t> at_once(FairCore core, SimTime time, std::int64_t most, std::int64_t& steps) {
  const std::size_t index = core.pick();
  std::int64_t turns = 0;
  for (; core.pick() == index && turns < most; ++steps) {
    const std::int64_t more = core.yield_repeatedly(index, time, most - turns);
    REQUIRE(more >= 1);
    turns += more;
  }
  return {turns, core.pick()};
}

}  // namespace

TEST_CASE("turns in a row, counted at once, are those of one after the other") {
  std::minstd_rand random(3);
  const auto below = [&](int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); };
  std::int64_t turns = 0, steps = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const int ranks = 2 + below(5);
    std::vector<int> sharing(static_cast<std::size_t>(ranks));
    FairCore core(sharing);
    for (int i = 0; i < 40; ++i) core.yield(core.pick(), std::chrono::nanoseconds{1 + below(300'000)});
    const SimTime time = std::chrono::nanoseconds{1 + below(9'000)};
    const auto expected = one_by_one(core, time, 500);
    REQUIRE(at_once(core, time, 500, steps) == expected);
    turns += expected.first;
  }
  REQUIRE(steps * 10 < turns);
  REQUIRE(at_once(FairCore({0}), 5us, 9, steps) == std::pair(std::int64_t{9}, std::size_t{0}));
  REQUIRE(at_once(FairCore({0, 1}, false), 5us, 9, steps) == std::pair(std::int64_t{1}, std::size_t{1}));
}
