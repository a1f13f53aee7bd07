#include "sim/cluster/outgoing_link.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;
using namespace std::chrono_literals;

namespace {

/// When `wire` bytes handed over to the empty link at `now` have left.
SimTime send(OutgoingLink& link, SimTime now, Bytes wire) {
  link.hand_over({.id = 0, .connection = 0, .wire = wire});
  const SimTime left = link.departure(now);
  link.leave(left);
  return left;
}

}  // namespace

TEST_CASE("what TCP puts on the wire: 66 bytes of headers for every 1,448") {
  REQUIRE(wire_bytes(0_B) == 66_B);
  REQUIRE(wire_bytes(1448_B) == 1514_B);
  REQUIRE(wire_bytes(1449_B) == 1581_B);  // 1449 + 2 * 66
}

TEST_CASE("a link without a bucket takes bytes / rate, one parcel after the other") {
  OutgoingLink link({.bits_per_s = 8'000'000, .burst = 0_B});  // 1 byte/us
  link.hand_over({.id = 1, .connection = 7, .wire = 100_B});
  link.hand_over({.id = 2, .connection = 8, .wire = 50_B});
  REQUIRE(link.departure(SimTime{0}) == SimTime{100us});
  REQUIRE(link.leave(SimTime{100us}).id == 1);
  REQUIRE(link.departure(SimTime{100us}) == SimTime{150us});
  REQUIRE(link.leave(SimTime{150us}).id == 2);
  REQUIRE(link.empty());
  REQUIRE(send(link, SimTime{300us}, 10_B) == SimTime{310us});
}

TEST_CASE("a full bucket lets its bytes through at once and fills again at the rate") {
  OutgoingLink link({.bits_per_s = 8'000'000, .burst = 100_B});
  REQUIRE(send(link, SimTime{0}, 60_B) == SimTime{0});           // 40 tokens are left
  REQUIRE(send(link, SimTime{0}, 60_B) == SimTime{20us});        // 20 are missing
  REQUIRE(send(link, SimTime{50us}, 40_B) == SimTime{60us});     // 30 have come back, 10 are missing
  REQUIRE(send(link, SimTime{1s}, 100_B) == SimTime{1s});        // full again, and not fuller
  REQUIRE(send(link, SimTime{1s}, 150_B) == SimTime{1s + 150us});  // more than the bucket holds
  REQUIRE(send(link, SimTime{1s + 150us}, 1_B) == SimTime{1s + 151us});
}

TEST_CASE("without a limit everything leaves at once, in order") {
  OutgoingLink link({});
  REQUIRE(send(link, SimTime{5us}, 1_MiB) == SimTime{5us});
}

// A socket queues another parcel while it has 128 KiB or less in the queue: the first three. A word on another
// connection goes behind these, not behind all five.
TEST_CASE("a short message waits behind a little of the other connections and all of its own") {
  OutgoingLink link({.bits_per_s = 8'000'000, .burst = 0_B});
  for (std::uint32_t id = 0; id < 5; ++id) link.hand_over({.id = id, .connection = 1, .wire = 64_KiB});
  link.hand_over({.id = 10, .connection = 2, .wire = 88_B});
  link.hand_over({.id = 11, .connection = 1, .wire = 88_B});
  std::vector<std::uint32_t> order;
  for (SimTime now{}; !link.empty();) {
    now = link.departure(now);
    order.push_back(link.leave(now).id);
  }
  REQUIRE(order == std::vector<std::uint32_t>{0, 1, 2, 10, 3, 4, 11});
}
