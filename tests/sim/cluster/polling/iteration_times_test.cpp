#include "sim/cluster/polling/iteration_times.hpp"

#include <functional>

#include <catch2/catch.hpp>

using namespace ringtrue;

namespace {

struct Iteration {
  SimTime time{}, credit{};
};

/// How many iterations count until they are enough, of at least 5 and at most 25.
int counted(IterationTimes& times, const std::function<Iteration(int)>& iteration) {
  SimTime now{0};
  for (int i = 0;; ++i) {
    const auto [time, credit] = iteration(i);
    times.note_start(i, now, credit);
    now += time;
    times.note_end(i, now);
    if (times.enough()) return i;  // the first one does not count
  }
}

constexpr SimTime short_one{1'000'000}, long_one{1'300'000};

}  // namespace

TEST_CASE("iterations that take the same time are enough soon, and the first does not count") {
  IterationTimes times(5, 25);
  REQUIRE(counted(times, [](int i) { return Iteration{i == 0 ? long_one : short_one, SimTime{0}}; }) == 5);
  REQUIRE(times.median_time() == to_seconds(short_one));
  REQUIRE_FALSE(times.drained_links());
}

TEST_CASE("of iterations with two rhythms as many as may be, and the more frequent one is reported") {
  IterationTimes times(5, 25);
  REQUIRE(counted(times, [](int i) { return Iteration{i % 3 == 0 ? short_one : long_one, SimTime{0}}; }) == 25);
  REQUIRE(times.median_time() == to_seconds(long_one));
}

TEST_CASE("a few iterations that differ from the others do not matter") {
  IterationTimes times(5, 25);
  const int iterations = counted(times, [](int i) { return Iteration{i == 2 ? long_one : short_one, SimTime{0}}; });
  REQUIRE(iterations > 5);
  REQUIRE(iterations < 25);
  REQUIRE(times.median_time() == to_seconds(short_one));
}

TEST_CASE("links that run out are watched to the end") {
  const auto losing = [](std::int64_t a_time) {
    return [=](int i) { return Iteration{short_one, SimTime{1'000'000 - a_time * i}}; };
  };
  IterationTimes slowly(5, 25), hardly(5, 25);
  REQUIRE(counted(slowly, losing(600)) == 25);
  REQUIRE(slowly.drained_links());
  REQUIRE(counted(hardly, losing(300)) == 5);
  REQUIRE_FALSE(hardly.drained_links());
}

TEST_CASE("an iteration begins on the first rank and ends on the last") {
  IterationTimes times(1, 1);
  times.note_start(0, SimTime{0}, SimTime{0});
  times.note_end(0, SimTime{10});
  times.note_start(1, SimTime{30}, SimTime{0});
  times.note_start(1, SimTime{20}, SimTime{0});
  times.note_end(1, SimTime{50});
  times.note_end(1, SimTime{40});
  REQUIRE(times.enough());
  REQUIRE(times.median_time() == to_seconds(SimTime{30}));
}
