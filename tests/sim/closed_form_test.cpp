#include "sim/closed_form.hpp"

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

TEST_CASE("ring All-Reduce of 1 MB over 4 ranks, 1 us, 10 GB/s") {
  // 2(p-1) = 6 steps; each 1 us + 250 kB / (10 GB/s) = 1 us + 25 us = 26 us; 6 x 26 us = 156 us.
  const Link link{.alpha = Seconds{1e-6}, .bandwidth = 10_GBps};
  REQUIRE_THAT(ring_all_reduce_time(1_MB, 4, link).count(), Catch::WithinRel(156e-6, 1e-12));
}

TEST_CASE("one rank exchanges nothing") {
  REQUIRE(ring_all_reduce_time(1_MB, 1, {.alpha = Seconds{1}, .bandwidth = 1_GBps}) == Seconds{0});
}

TEST_CASE("the bandwidth bound counts ranks that share a core one after the other") {
  // 8 ranks, 4 a core: 2 x 7/8 x 8 MB = 14 MB a rank, at 10 GB/s 1.4 ms, four ranks in turn 5.6 ms.
  REQUIRE_THAT(all_reduce_bandwidth_bound({8'000'000}, 8, 4, 10_GBps).count(), Catch::WithinRel(5.6e-3, 1e-12));
}

TEST_CASE("the bound is below the ring for any latency") {
  const int ranks = GENERATE(2, 3, 8, 64);
  const Bytes message = GENERATE(8_B, 64_KiB, 64_MiB);
  const Link link{.alpha = Seconds{1e-7}, .bandwidth = 10_GBps};
  REQUIRE(all_reduce_bandwidth_bound(message, ranks, 1, link.bandwidth) < ring_all_reduce_time(message, ranks, link));
}

}  // namespace
}  // namespace ringtrue
