#include "sim/cluster/polling/polling.hpp"

#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

#include "tests/experiment/all_reduce_experiment.hpp"
#include "tests/sim/cluster/emulated.hpp"

using namespace ringtrue;

namespace {

constexpr Seconds turn{10e-6};

ClusterScale scale_of(int ranks, Seconds message = {}) {
  ClusterScale scale;
  scale.ranks = ranks;
  scale.turn = turn;
  scale.cross_core = CostTable({{Bytes{0}, Bytes{0}, message}, {1_MiB, 1_MiB, message}}, Bytes{0});
  return scale;
}

Experiment ping_pong(Bytes bytes, int ranks) {
  return {PingPong{.bytes = bytes, .stride = 1, .repetitions = 1}, ranks};
}

Experiment exchange(Bytes bytes, int repetitions) {
  return {Exchange{.bytes = bytes, .stride = 1, .repetitions = repetitions, .segmentation = {1_MiB, 2}}, 2};
}

double us(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale) {
  return replay_polling(experiment, platform, scale).time.count() * 1e6;
}

}  // namespace

// 1 byte/us and no bucket. 60,000 bytes and 22 of MPI's headers are 42 segments: 60,022 + 42 * 66 = 62,794 us each way.
// What is noticed and acted on is so by polls of half a turn.
TEST_CASE("what is sent at once takes its time on the link, both ways") {
  const LinkLimit link{.bits_per_s = 8'000'000, .burst = 0_B};
  const double time = us(ping_pong(60'000_B, 2), emulated(2, 2, link), scale_of(2));
  REQUIRE(time >= 2 * 62'794);
  REQUIRE(time <= 2 * 62'794 + 10 * 10);
}

// 200,000 bytes: an announcement and a clearance of 22 bytes, 3 parcels of 45 segments (68,130 bytes) and one of 4,520
// bytes (4,784), and the word that they are complete.
TEST_CASE("a longer message waits to be cleared") {
  const LinkLimit link{.bits_per_s = 8'000'000, .burst = 0_B};
  const double one_way = 3 * (22 + 66) + 3 * 68'130 + 4'784;
  const double time = us(ping_pong(200'000_B, 2), emulated(2, 2, link), scale_of(2));
  REQUIRE(time >= 2 * one_way);
  REQUIRE(time <= 2 * one_way + 20 * 10);
}

TEST_CASE("both directions of a link are used at once") {
  const LinkLimit link{.bits_per_s = 8'000'000, .burst = 0_B};
  const double there_and_back = us(ping_pong(500'000_B, 2), emulated(2, 2, link), scale_of(2));
  const double both = us(exchange(1'000'000_B, 1), emulated(2, 2, link), scale_of(2));
  REQUIRE(both < 0.6 * there_and_back);
  REQUIRE(both > 0.4 * there_and_back);
}

TEST_CASE("ranks that wait are not free: the more share the core, the longer two of them take") {
  const double two = us(ping_pong(8_B, 2), emulated(2, 1), scale_of(2));
  const double four = us(ping_pong(8_B, 4), emulated(4, 1), scale_of(4));
  const double eight = us(ping_pong(8_B, 8), emulated(8, 1), scale_of(8));
  REQUIRE(four > 1.3 * two);
  REQUIRE(eight > 1.3 * four);
  REQUIRE(std::abs(two / 5 - std::round(two / 5)) < 1e-6);  // nothing but half turns
}

// 2 ranks on one core send and receive 50 messages each: 50 * 2 * 100 us of CPU time.
TEST_CASE("the CPU time of messages adds up on a shared core") {
  const double free = us(exchange(8_B, 50), emulated(2, 1), scale_of(2));
  const double dear = us(exchange(8_B, 50), emulated(2, 1), scale_of(2, Seconds{100e-6}));
  REQUIRE(dear >= 50 * 2 * 100);
  REQUIRE(dear <= 50 * 2 * 100 + 2 * free);
}

TEST_CASE("the same replay gives the same time") {
  const Experiment experiment = ping_pong(8_B, 4);
  REQUIRE(us(experiment, emulated(4, 2), scale_of(4)) == us(experiment, emulated(4, 2), scale_of(4)));
}

// Both hosts send 2 x 1,690 bytes an iteration (1,536 of payload in two segments, 22 of MPI's headers), much faster
// than 50 Mbit/s. 26 iterations do not use up 128 KiB, but the hundreds that are measured do. What an empty bucket gets
// back between two iterations (some 50 us) is little beside the 541 us that an iteration takes on the link.
TEST_CASE("a bucket that runs out slowly is empty when it counts") {
  const auto time = [](Bytes burst) {
    return us(exchange(3072_B, 2), emulated(2, 2, {.bits_per_s = 50'000'000, .burst = burst}), scale_of(2));
  };
  REQUIRE(us(exchange(3072_B, 2), emulated(2, 2), scale_of(2)) < 0.6 * time(0_B));
  REQUIRE(time(128_KiB) == Approx(time(0_B)).epsilon(0.1));
}

// Eight steps of 1 MiB, 1,096,426 bytes on the wire each: 702 ms. What clears the neighbour's message waits behind some
// parcels of 68,130 bytes (5.5 ms), not behind all of what the host sends to its other neighbour.
TEST_CASE("a socket does not fill the link of its host") {
  ClusterPlatform platform = emulated(5, 1, {.bits_per_s = 100'000'000, .burst = 128_KiB});
  const double time = us(ring(5_MiB, 5), platform, scale_of(5));
  REQUIRE(time >= 8 * 1'096'426 * 0.08 - 128 * 1024 * 0.08);
  REQUIRE(time <= 8 * (1'096'426 + 2 * 68'130) * 0.08);
  platform.without = Mechanism::small_queues;
  REQUIRE(us(ring(5_MiB, 5), platform, scale_of(5)) > 1.2 * time);
}

// Two ranks, two segments of 100,000 bytes (104,620 bytes on the wire: 100 ms and 5 % at 1 byte/us) a step. Turns of a
// millisecond: both announcements are read in one turn, and cleared in it.
TEST_CASE("of messages that are cleared together none is complete before the last one's bytes") {
  const auto longest_wait = [](std::optional<Mechanism> without) {
    ClusterPlatform platform = emulated(2, 1, {.bits_per_s = 8'000'000, .burst = 0_B});
    platform.without = without;
    ClusterScale scale = scale_of(2);
    scale.turn = Seconds{1e-3};
    double longest = 0, last = 0;
    replay_polling(ring(400'000_B, 2, {100'000_B, 2}), platform, scale, [&](int rank, int iteration, SimTime when) {
      if (rank != 0 || iteration != 2) return;
      const double now = to_seconds(when).count() * 1e6;
      if (last > 0) longest = std::max(longest, now - last);
      last = now;
    });
    return longest;
  };
  REQUIRE(longest_wait({}) >= 2 * 104'620);
  REQUIRE(longest_wait(Mechanism::late_words) >= 104'620);
  REQUIRE(longest_wait(Mechanism::late_words) < 1.5 * 104'620);
}
