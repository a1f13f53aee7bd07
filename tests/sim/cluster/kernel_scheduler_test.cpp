#include "sim/cluster/kernel_scheduler.hpp"

#include <random>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

double made_up_ms(double work_ms) {
  return made_up_before_yield(Seconds{work_ms * 1e-3}, to_seconds(base_slice(2))).count() * 1e3;
}

// A tick takes the core from who has had it for 1.4 ms; one comes every 4 ms, at any time of it. Of 4 ms that are
// computed, the first that may come between 1.4 and 4 ms does in 65 of 100 cases, at 2.7 ms on average; the 1.3 ms that
// are left are over before another may. Of 5.4 ms it always comes, at 3.4; of the 2 ms left one does in 15 of 100, at
// 1.7.
TEST_CASE("those who share a core catch up before a yield where a tick comes") {
  CHECK(made_up_ms(0) == 0);
  CHECK(made_up_ms(1.4) == 0);
  CHECK_THAT(made_up_ms(4), Catch::WithinAbs(0.65 * 2.7, 1e-12));
  CHECK_THAT(made_up_ms(5.4), Catch::WithinAbs(3.4 + 0.15 * 1.7, 1e-12));
  CHECK_THAT(made_up_ms(3.4 + 5.4), Catch::WithinAbs(2 * 3.4 + 0.15 * 1.7, 1e-12));
  CHECK_THAT(made_up_ms(1e9), Catch::WithinRel(1e9, 1e-6));
}

TEST_CASE("a slice is 0.7 ms on a core, and as much more for each doubling up to eight") {
  CHECK(base_slice(1) == std::chrono::microseconds{700});
  CHECK(base_slice(2) == std::chrono::microseconds{1400});
  CHECK(base_slice(7) == std::chrono::microseconds{2100});
  CHECK(base_slice(128) == std::chrono::microseconds{2800});
  CHECK(base_slice(parse_system_id("host.h1.c4.block.sm", "test")) == base_slice(4));
  CHECK(base_slice(parse_system_id("cluster.h8.pool1.block.tcp.1Gbps", "test")) == base_slice(2));
}

/// Ticks at a random phase after the core was given; after one has taken it, the phase is random again.
double simulated_ms(double work_ms) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> phase(0, 4);
  constexpr int times = 20000;
  double sum = 0;
  for (int i = 0; i < times; ++i) {
    for (double left = work_ms; left > 0;) {
      double tick_at = phase(random);
      while (tick_at < 1.4) tick_at += 4;
      if (tick_at < left) sum += tick_at;
      left -= tick_at;
    }
  }
  return sum / times;
}

// Within 6 %, what is left after a tick being taken at its mean, and 1 % for as few draws.
TEST_CASE("how much they catch up agrees with a simulation of ticks") {
  for (const double work : {2.0, 3.0, 5.0, 7.0, 10.0, 50.0})
    CHECK_THAT(made_up_ms(work), Catch::WithinRel(simulated_ms(work), 0.07));
}

}  // namespace
}  // namespace ringtrue
