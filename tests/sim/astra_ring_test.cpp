// ASTRA-sim's closed form of one ring all-reduce in one chunk (endpoint delay e = 1 ns):
//   T = e + 2(p-1) (hop + e) + (p-1) r, hop = int(latency + m/B), r = 3 int(m/memory), m = S/p.
// The latency given is what the smallest message takes from rank to rank, endpoint delay included, so that hop + e is
// it.
#include "sim/astra_ring.hpp"

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

/// 1 us, 10 bytes a ns, 4 bytes a ns.
constexpr AstraRing machine{.latency = Seconds{1e-6}, .bandwidth = {10e9}, .memory = {4e9}};

double nanoseconds(Bytes bytes, int ranks, const AstraRing& ring = machine) {
  return astra_ring_time(bytes, ranks, ring).count() * 1e9;
}

TEST_CASE("two ranks are fully connected, where ASTRA-sim's Ring of two aborts") {
  // m = 10,005: hop + e = int(999 + 1000.5) + 1 = 2000; r = 3 int(2501.25) = 7503; 1 + 2 x 2000 + 7503.
  REQUIRE_THAT(nanoseconds(20'010_B, 2), Catch::WithinAbs(11'504, 1e-6));
}

TEST_CASE("four ranks are a ring") {
  // The same m: 1 + 6 x 2000 + 3 x 7503.
  REQUIRE_THAT(nanoseconds(40'020_B, 4), Catch::WithinAbs(34'510, 1e-6));
}

TEST_CASE("the smallest message costs the latency a step") {
  // ASTRA-sim raises a message to one byte a rank: m = 1, hop + e = int(999 + 0.1) + 1 = 1000, r = 3 int(0.25) = 0.
  for (const Bytes bytes : {0_B, 1_B, 4_B}) REQUIRE_THAT(nanoseconds(bytes, 4), Catch::WithinAbs(1 + 6 * 1000, 1e-6));
}

TEST_CASE("a latency below the endpoint delay becomes that delay") {
  const AstraRing quick{.latency = Seconds{1e-10}, .bandwidth = {10e9}, .memory = {4e9}};
  // m = 1: hop = int(0 + 0.1) = 0: 1 + 6 x (0 + 1).
  REQUIRE_THAT(nanoseconds(4_B, 4, quick), Catch::WithinAbs(7, 1e-6));
}

TEST_CASE("more bytes and more ranks never take less") {
  for (int ranks = 2; ranks <= 9; ++ranks) {
    double before = 0;
    for (std::int64_t bytes = 1; bytes <= std::int64_t{1} << 26; bytes *= 3) {
      const double now = nanoseconds({bytes}, ranks);
      CHECK(now >= before);
      before = now;
    }
    CHECK(nanoseconds(64_KiB, ranks + 1) > nanoseconds(64_KiB, ranks));
  }
}

TEST_CASE("the slowest platform that a file may hold still fits into ASTRA-sim's clock") {
  const AstraRing slowest{.latency = Seconds{1e3}, .bandwidth = {1e3}, .memory = {1e3}};
  // 1 TiB over four ranks: 6 (1e3 s + m/B) + 9 m/memory with m/B = m/memory = 2^38/1e3 s = 2.75e8 s.
  REQUIRE_THAT(nanoseconds(max_bytes, 4, slowest), Catch::WithinRel((6e3 + 15 * 274'877'906.944) * 1e9, 1e-6));
}

TEST_CASE("slower links and memory take longer") {
  const double nominal = nanoseconds(1_MiB, 4);
  CHECK_THAT(nanoseconds(1_MiB, 4, {.latency = Seconds{2e-6}, .bandwidth = {10e9}, .memory = {4e9}}),
             Catch::WithinAbs(nominal + 6000, 1e-6));
  CHECK(nanoseconds(1_MiB, 4, {.latency = Seconds{1e-6}, .bandwidth = {5e9}, .memory = {4e9}}) > nominal);
  CHECK(nanoseconds(1_MiB, 4, {.latency = Seconds{1e-6}, .bandwidth = {10e9}, .memory = {2e9}}) > nominal);
}

}  // namespace
}  // namespace ringtrue
