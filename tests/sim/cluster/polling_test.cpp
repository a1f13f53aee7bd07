#include "sim/cluster/polling.hpp"

#include <cmath>

#include <catch2/catch.hpp>

using namespace ringtrue;

namespace {

constexpr Seconds turn{10e-6};

ClusterPlatform emulated(int hosts, int cores, LinkLimit link = {}) {
  return {.system = {.testbed = "cluster",
                     .hosts = hosts,
                     .cores = cores,
                     .shared_pool = true,
                     .placement = Placement::block,
                     .transport = "tcp",
                     .link_bits_per_s = link.bits_per_s},
          .eager_limit = 64_KiB,
          .link = link,
          .state_threshold_s = 0,
          .scales = {}};
}

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

// 200,000 bytes: an announcement and a clearance of 22 bytes, fragments of 65,536 three times (65,558 bytes, 46
// segments) and of 3,392 bytes (3,414 bytes, 3 segments), and the word that they are complete.
TEST_CASE("a longer message waits to be cleared") {
  const LinkLimit link{.bits_per_s = 8'000'000, .burst = 0_B};
  const double one_way = 3 * (22 + 66) + 3 * (65'558 + 46 * 66) + (3'414 + 3 * 66);
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
