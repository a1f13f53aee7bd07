#include "experiment/units.hpp"

#include <catch2/catch.hpp>

#include "experiment/bandwidth.hpp"
#include "experiment/error.hpp"

using namespace ringtrue;
using Catch::Contains;
using Catch::WithinRel;

TEST_CASE("sizes are read with binary and decimal prefixes, the space is optional") {
  REQUIRE(parse_bytes("8 B", "here") == 8_B);
  REQUIRE(parse_bytes("3 kB", "here") == Bytes{3'000});
  REQUIRE(parse_bytes("64KiB", "here") == 64_KiB);
  REQUIRE(parse_bytes("2 MB", "here") == 2_MB);
  REQUIRE(parse_bytes("1 GB", "here") == Bytes{1'000'000'000});
  REQUIRE(parse_bytes("1024 GiB", "here") == max_bytes);  // 1 TiB, the largest
}

TEST_CASE("what is not a size is refused with the place, the reason and what is allowed") {
  REQUIRE_THROWS_WITH(parse_bytes("64M", "suite.json/bytes"), Contains("suite.json/bytes: '64M'") &&
                                                                  Contains("'M' is not a unit") &&
                                                                  Contains("KiB, MiB, GiB"));
  REQUIRE_THROWS_WITH(parse_bytes("64", "x"), Contains("it has no unit"));
  REQUIRE_THROWS_WITH(parse_bytes("-8 B", "x"), Contains("it is negative"));
  REQUIRE_THROWS_WITH(parse_bytes("MiB", "x"), Contains("does not begin with a whole number"));
  REQUIRE_THROWS_WITH(parse_bytes("", "x"), Contains("does not begin with a whole number"));
  REQUIRE_THROWS_WITH(parse_bytes("1.5 MiB", "x"), Contains("'.5 MiB' is not a unit"));
  REQUIRE_THROWS_WITH(parse_bytes("1025 GiB", "x"), Contains("more than 1 TiB"));
  REQUIRE_THROWS_WITH(parse_bytes("99999999999999999999 B", "x"), Contains("the number is too large"));
  REQUIRE_THROWS_AS(parse_bytes("8  B", "x"), Error);
}

TEST_CASE("a size is written with the largest binary prefix that is exact, and reads back") {
  REQUIRE(to_string(64_MiB) == "64 MiB");
  REQUIRE(to_string(1536_KiB) == "1536 KiB");
  REQUIRE(to_string(1000_B) == "1000 B");
  REQUIRE(to_string(0_B) == "0 B");
  const std::int64_t count = GENERATE(0, 1, 1023, 1024, 1025, 3 << 20, std::int64_t{1} << 40);
  REQUIRE(parse_bytes(to_string(Bytes{count}), "x") == Bytes{count});
}

TEST_CASE("simulated time is rounded to the picosecond, half away from zero") {
  REQUIRE(to_sim_time(Seconds{1e-6}).count() == 1'000'000);
  REQUIRE(to_sim_time(Seconds{1.5e-12}).count() == 2);
  REQUIRE(to_sim_time(Seconds{-1.5e-12}).count() == -2);
  REQUIRE(to_sim_time(to_seconds(SimTime{123'456'789})).count() == 123'456'789);
}

TEST_CASE("busbw of a ring All-Reduce counts 2(p-1)/p of the message") {
  // 1 MB in 100 us: algbw 10 GB/s. p = 4: 2 x 3/4 = 1.5, so 15 GB/s. p = 2: factor 1.
  const Seconds time{100e-6};
  REQUIRE_THAT(algbw(1_MB, time).bytes_per_second, WithinRel(10e9, 1e-12));
  REQUIRE_THAT(busbw(Collective::all_reduce, 1_MB, 4, time).bytes_per_second, WithinRel(15e9, 1e-12));
  REQUIRE_THAT(busbw_factor(Collective::all_reduce, 2), WithinRel(1.0, 1e-12));
  REQUIRE_THAT((1_MB / 10_GBps).count(), WithinRel(100e-6, 1e-12));
}

TEST_CASE("counts are grouped by thousands") {
  CHECK(ringtrue::grouped(0) == "0");
  CHECK(ringtrue::grouped(999) == "999");
  CHECK(ringtrue::grouped(57'426) == "57,426");
  CHECK(ringtrue::grouped(~std::uint64_t{0}) == "18,446,744,073,709,551,615");
}
