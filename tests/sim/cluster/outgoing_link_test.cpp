#include "sim/cluster/outgoing_link.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;
using namespace std::chrono_literals;

TEST_CASE("what TCP puts on the wire: 66 bytes of headers for every 1,448") {
  REQUIRE(wire_bytes(0_B) == 66_B);
  REQUIRE(wire_bytes(1448_B) == 1514_B);
  REQUIRE(wire_bytes(1449_B) == 1581_B);  // 1449 + 2 * 66
}

TEST_CASE("a link without a bucket takes bytes / rate, one message after the other") {
  OutgoingLink link({.bits_per_s = 8'000'000, .burst = 0_B});  // 1 byte/us
  REQUIRE(link.send(SimTime{0}, 100_B) == SimTime{100us});
  REQUIRE(link.send(SimTime{50us}, 100_B) == SimTime{200us});  // waits for the first
  REQUIRE(link.send(SimTime{300us}, 10_B) == SimTime{310us});
}

TEST_CASE("a full bucket lets its bytes through at once and fills again at the rate") {
  OutgoingLink link({.bits_per_s = 8'000'000, .burst = 100_B});
  REQUIRE(link.send(SimTime{0}, 60_B) == SimTime{0});        // 40 tokens are left
  REQUIRE(link.send(SimTime{0}, 60_B) == SimTime{20us});     // 20 are missing
  REQUIRE(link.send(SimTime{50us}, 40_B) == SimTime{60us});  // 30 have come back, 10 are missing
  REQUIRE(link.send(SimTime{1s}, 100_B) == SimTime{1s});     // full again, and not fuller
  REQUIRE(link.send(SimTime{1s}, 1_B) == SimTime{1s} + SimTime{1us});
}

TEST_CASE("without a limit everything leaves at once, in order") {
  OutgoingLink link({});
  REQUIRE(link.send(SimTime{5us}, 1_MiB) == SimTime{5us});
  REQUIRE(link.send(SimTime{3us}, 1_MiB) == SimTime{5us});
}

TEST_CASE("a bucket says what is in it, and may begin empty") {
  OutgoingLink link({.bits_per_s = 8'000'000, .burst = 100_B}, OutgoingLink::Bucket::empty);
  REQUIRE(link.credit(SimTime{0}) == SimTime{0});
  REQUIRE(link.credit(SimTime{30us}) == SimTime{30us});
  REQUIRE(link.credit(SimTime{1s}) == SimTime{100us});
  REQUIRE(link.send(SimTime{30us}, 40_B) == SimTime{40us});
  REQUIRE(link.credit(SimTime{40us}) == SimTime{0});
}
