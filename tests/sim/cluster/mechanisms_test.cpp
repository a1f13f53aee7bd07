#include "sim/cluster/mechanisms.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/cluster/polling/polling.hpp"
#include "sim/platform.hpp"
#include "tests/sim/cluster/emulated.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

ClusterPlatform two_hosts(int cores, std::optional<Mechanism> without) {
  ClusterPlatform platform = emulated(2, cores);
  platform.without = without;
  return platform;
}

/// A turn takes 10 us, a message `message` on both sides together.
double us(const Workload& workload, const ClusterPlatform& platform, Seconds message = {},
          Seconds acknowledgement = {}) {
  ClusterScale scale;
  scale.ranks = 2;
  scale.turn = Seconds{10e-6};
  scale.acknowledgement = acknowledgement;
  scale.cross_core = CostTable({{Bytes{0}, Bytes{0}, message}, {1_MiB, 1_MiB, message}}, Bytes{0});
  return replay_polling({workload, 2}, platform, scale).time.count() * 1e6;
}

TEST_CASE("each mechanism has a name that reads back, and says what is missing without it") {
  for (const Mechanism mechanism : all_mechanisms()) {
    REQUIRE(parse_mechanism(to_string(mechanism), "here") == mechanism);
    REQUIRE_FALSE(without_it(mechanism).empty());
  }
  REQUIRE_THROWS_WITH(parse_mechanism("turn", "p.json/without"),
                      Contains("p.json/without: 'turn' is not a mechanism") && Contains("did you mean 'turns'"));
}

TEST_CASE("a mechanism acts where the model has it") {
  const System host, shared = two_hosts(1, {}).system;
  REQUIRE(acts_on(Mechanism::states, host));
  REQUIRE_FALSE(acts_on(Mechanism::states, shared));
  REQUIRE(acts_on(Mechanism::fair_shares, shared));
  REQUIRE_FALSE(acts_on(Mechanism::fair_shares, host));
  REQUIRE_FALSE(acts_on(Mechanism::link_burst, shared));  // it has no limit
  System limited = shared;
  limited.link_bits_per_s = 1'000'000'000;
  REQUIRE(acts_on(Mechanism::link_burst, limited));
}

TEST_CASE("a platform says what it is without, and is read as such") {
  const Platform platform{.model = "cluster without one_read",
                          .describes = {"cluster.h2.pool1.block.tcp"},
                          .machine = two_hosts(1, Mechanism::one_read),
                          .sources = {},
                          .fitted_on = {}};
  const Json json = to_json(platform);
  REQUIRE(json["machine"]["without"] == "one_read");
  REQUIRE(std::get<ClusterPlatform>(parse_platform(json, "p").machine).without == Mechanism::one_read);
}

// On a core of its own the next turn is no later than the poll that brings nothing, which ends this one.
TEST_CASE("acting on a poll's news in the same turn saves time") {
  const PingPong ping_pong{.bytes = 8_B, .stride = 1, .repetitions = 1};
  REQUIRE(us(ping_pong, two_hosts(2, Mechanism::next_turn)) == us(ping_pong, two_hosts(2, {})));
  // On one core it comes after the other rank's, 10 us later: two hops, at least one such turn each.
  REQUIRE(us(ping_pong, two_hosts(1, Mechanism::next_turn)) <= us(ping_pong, two_hosts(1, {})) - 2 * 10);
}

// Segments of 8 B, 50 repetitions, two in flight: rank 1 finds two messages of rank 0 at a time. Apart they take 20 us
// more for each second one on each side: reading is a fifth of what a message costs.
TEST_CASE("a read for each message costs more than one for all") {
  const Exchange exchange{.bytes = 16_B, .stride = 1, .repetitions = 50, .segmentation = {4_B, 2}};
  const double one = us(exchange, two_hosts(1, {}), Seconds{100e-6});
  const double each = us(exchange, two_hosts(1, Mechanism::one_read), Seconds{100e-6});
  REQUIRE(each >= one + 50 * 20);
}

// There and back, 100 times: two messages of more than a segment, each of which 100 us are spent on; shorter ones are
// answered.
TEST_CASE("only what is longer than a segment costs an answered socket an acknowledgement") {
  const auto extra = [](Bytes bytes, std::optional<Mechanism> without) {
    const PingPong ping_pong{.bytes = bytes, .stride = 1, .repetitions = 100};
    return us(ping_pong, two_hosts(1, without), Seconds{10e-6}, Seconds{100e-6}) -
           us(ping_pong, two_hosts(1, without), Seconds{10e-6});
  };
  REQUIRE(extra(1426_B, {}) < 5 * 100);  // with 22 bytes of headers it fits; of the barrier
  for (const Bytes longer : {1427_B, 2_KiB}) {
    REQUIRE(extra(longer, {}) >= 0.9 * 200 * 100);
    REQUIRE(extra(longer, {}) <= 1.5 * 200 * 100);  // who has worked may wait for the other to have had as much
  }
  REQUIRE(extra(2_KiB, Mechanism::acknowledgements) == 0);
}

}  // namespace
}  // namespace ringtrue
