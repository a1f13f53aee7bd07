#include "sim/cluster/tcp/acknowledgements.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;

namespace {

/// True: it is acknowledged as it arrives.
bool arrives(Acknowledgements& acknowledgements, Bytes payload) {
  const bool at_once = acknowledgements.write(payload);
  acknowledgements.arrive(payload, at_once);
  return at_once;
}

}  // namespace

// 1,448 bytes are a segment (MTU 1,500).
TEST_CASE("a short packet that is answered is never acknowledged by itself") {
  Acknowledgements acknowledgements;
  for (int i = 0; i < 10; ++i) {
    REQUIRE_FALSE(arrives(acknowledgements, 1448_B));
    REQUIRE_FALSE(acknowledgements.read());
    acknowledgements.answer();
  }
}

TEST_CASE("without an answer every second short packet is, as it is read") {
  Acknowledgements acknowledgements;
  for (int i = 0; i < 10; ++i) {
    REQUIRE_FALSE(arrives(acknowledgements, 30_B));
    REQUIRE(acknowledgements.read() == (i % 2 == 1));
  }
  SECTION("two that are read together are, by one") {
    REQUIRE_FALSE(arrives(acknowledgements, 30_B));
    REQUIRE_FALSE(arrives(acknowledgements, 30_B));
    REQUIRE(acknowledgements.read());
    REQUIRE_FALSE(acknowledgements.read());
  }
}

TEST_CASE("each packet of more than a segment is acknowledged once, half of them as they arrive") {
  Acknowledgements acknowledgements;
  int at_once = 0;
  for (int i = 0; i < 10; ++i) {
    const bool arrived = arrives(acknowledgements, 1449_B);
    REQUIRE(acknowledgements.read() != arrived);
    if (arrived) ++at_once;
  }
  REQUIRE(at_once == 5);
}

TEST_CASE("what comes behind something unread is acknowledged as it is read, all of it by one") {
  Acknowledgements acknowledgements;
  SECTION("behind a message") { REQUIRE(arrives(acknowledgements, 2_KiB)); }
  SECTION("behind a parcel") { acknowledgements.arrive_parcel(); }
  REQUIRE_FALSE(arrives(acknowledgements, 2_KiB));
  REQUIRE_FALSE(arrives(acknowledgements, 2_KiB));
  REQUIRE(acknowledgements.read());
  REQUIRE_FALSE(acknowledgements.read());
}

TEST_CASE("what is still on its way is neither answered nor acknowledged") {
  Acknowledgements acknowledgements;
  const bool first = acknowledgements.write(2_KiB), second = acknowledgements.write(2_KiB);
  REQUIRE(first);
  REQUIRE_FALSE(second);
  acknowledgements.arrive(2_KiB, first);
  acknowledgements.answer();
  REQUIRE_FALSE(acknowledgements.read());
  acknowledgements.arrive(2_KiB, second);
  REQUIRE(acknowledgements.read());
}
