#include "sim/cluster/polling/acknowledgements.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;

// 1,448 bytes are a segment (MTU 1,500).
TEST_CASE("a short packet that is answered is never acknowledged by itself") {
  Acknowledgements acknowledgements;
  for (int i = 0; i < 10; ++i) {
    REQUIRE_FALSE(acknowledgements.write(1448_B));
    REQUIRE_FALSE(acknowledgements.read());
    acknowledgements.answer();
  }
}

TEST_CASE("without an answer every second short packet is, as it is read") {
  Acknowledgements acknowledgements;
  for (int i = 0; i < 10; ++i) {
    REQUIRE_FALSE(acknowledgements.write(30_B));
    REQUIRE(acknowledgements.read() == (i % 2 == 1));
  }
  SECTION("two that are read together are, by one") {
    REQUIRE_FALSE(acknowledgements.write(30_B));
    REQUIRE_FALSE(acknowledgements.write(30_B));
    REQUIRE(acknowledgements.read());
    REQUIRE_FALSE(acknowledgements.read());
  }
}

TEST_CASE("each packet of more than a segment is acknowledged once, half of them as they arrive") {
  Acknowledgements acknowledgements;
  int at_once = 0;
  for (int i = 0; i < 10; ++i) {
    const bool arrived = acknowledgements.write(1449_B);
    REQUIRE(acknowledgements.read() != arrived);
    if (arrived) ++at_once;
  }
  REQUIRE(at_once == 5);
}

TEST_CASE("what comes behind something unread is acknowledged as it is read, all of it at once") {
  Acknowledgements acknowledgements;
  REQUIRE(acknowledgements.write(2_KiB));
  REQUIRE_FALSE(acknowledgements.write(2_KiB));
  REQUIRE_FALSE(acknowledgements.write(2_KiB));
  REQUIRE(acknowledgements.read());
  REQUIRE_FALSE(acknowledgements.read());
}
