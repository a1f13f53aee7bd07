#include "sim/astra/engine/bucket_queue.hpp"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

using namespace ringtrue::astra;

TEST_CASE("events come by tick, equal ticks in the order pushed, whatever the distance") {
  std::mt19937_64 random(3);
  BucketQueue queue;
  struct Expected {
    Cycles when;
    std::uint32_t subject;
  };
  std::vector<Expected> expected;
  Cycles now = 0;
  std::uint32_t count = 0, taken = 0;
  const auto push = [&](Cycles when) {
    queue.push(when, {0, count});
    expected.push_back({when, count++});
  };
  for (int i = 0; i < 50; ++i) push(random() % 100);
  Event event;
  while (queue.next(event)) {
    std::stable_sort(expected.begin() + taken, expected.end(),
                     [](const Expected& a, const Expected& b) { return a.when < b.when; });
    REQUIRE(queue.now() == expected[taken].when);
    REQUIRE(event.subject == expected[taken].subject);
    now = queue.now();
    ++taken;
    // Distances of all sizes: this tick, the near ticks, and each of the far levels.
    if (count < 1000) push(now + (random() >> (14 + random() % 50)) % (Cycles{1} << 50));
  }
  CHECK(taken == count);
}

TEST_CASE("drained events go back in their order") {
  BucketQueue queue;
  for (std::uint32_t i = 0; i < 100; ++i) queue.push(i % 3 == 0 ? 7 : 1'000'000, {1, i});
  Event event;
  REQUIRE(queue.next(event));
  const std::vector<TimedEvent> pending = queue.drain();
  REQUIRE(pending.size() == 99);
  queue.restart(7);
  for (const TimedEvent& timed : pending) queue.push(timed.when, timed.event);
  for (const TimedEvent& timed : pending) {
    REQUIRE(queue.next(event));
    CHECK(queue.now() == timed.when);
    CHECK(event.subject == timed.event.subject);
  }
  CHECK_FALSE(queue.next(event));
}
