#include "sim/cluster/tcp/socket_pace.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;
using namespace std::chrono_literals;

namespace {

constexpr Bytes parcel = SocketPace::parcel;  // 65,160 bytes

int hand_on_what_has_room(SocketPace& pace) {
  int parcels = 0;
  for (; pace.has_room(); ++parcels) pace.hand_on(parcel);
  return parcels;
}

void leave_and_acknowledge(SocketPace& pace, int parcels, SimTime round_trip) {
  for (int i = 0; i < parcels; ++i) {
    pace.leave(parcel);
    pace.acknowledge(parcel, round_trip);
  }
}

}  // namespace

// 14,480 bytes at first, then what was acknowledged on top: 79,640, 209,960.
TEST_CASE("a window lets so much be under way, and grows by what was acknowledged") {
  SocketPace pace;
  REQUIRE(hand_on_what_has_room(pace) == 1);
  leave_and_acknowledge(pace, 1, SimTime{1us});
  REQUIRE(hand_on_what_has_room(pace) == 2);
  pace.leave(parcel);
  REQUIRE_FALSE(pace.has_room());
  pace.leave(parcel);
  pace.acknowledge(parcel, SimTime{1us});
  pace.acknowledge(parcel, SimTime{1us});
  REQUIRE(hand_on_what_has_room(pace) == 4);
}

// One parcel at a time: 14,480, 79,640, and 144,800 bytes, which is not less than twice 65,160.
TEST_CASE("a window grows to twice the most that is under way") {
  SocketPace pace;
  for (int i = 0; i < 10; ++i) {
    pace.hand_on(parcel);
    leave_and_acknowledge(pace, 1, SimTime{1us});
  }
  REQUIRE(hand_on_what_has_room(pace) == 3);
}

// The window is 209,960 bytes, and at a round trip of 8 ms the pacing rate 52 MB/s, 51 kB a millisecond (1/1024 s): two
// parcels are let through anyway, a third follows two. At 2 ms it were 205 kB: a fourth follows 198 kB.
TEST_CASE("a millisecond at the pacing rate, but at least two parcels, may be in the queue") {
  const auto grown = [](SimTime round_trip) {
    SocketPace pace;
    leave_and_acknowledge(pace, hand_on_what_has_room(pace), round_trip);
    leave_and_acknowledge(pace, hand_on_what_has_room(pace), round_trip);
    return pace;
  };
  SocketPace slow = grown(SimTime{8ms}), fast = grown(SimTime{2ms});
  REQUIRE(hand_on_what_has_room(slow) == 3);
  slow.leave(parcel);
  REQUIRE(hand_on_what_has_room(slow) == 1);
  REQUIRE(hand_on_what_has_room(fast) == 4);
}

// From 8 ms, after three acknowledgements at once 5.36 ms: with a window of 405,440 bytes that is 148 kB a millisecond.
// After three more 3.59 ms and 221 kB, and a fourth parcel follows 198 kB.
TEST_CASE("of a round trip an eighth counts") {
  SocketPace pace;
  leave_and_acknowledge(pace, hand_on_what_has_room(pace), SimTime{8ms});
  leave_and_acknowledge(pace, hand_on_what_has_room(pace), SimTime{8ms});
  leave_and_acknowledge(pace, hand_on_what_has_room(pace), SimTime{0});
  REQUIRE(hand_on_what_has_room(pace) == 3);
  leave_and_acknowledge(pace, 3, SimTime{0});
  REQUIRE(hand_on_what_has_room(pace) == 4);
}
