#include "validate/statistics/error_metrics.hpp"

#include <array>
#include <cmath>

#include <catch2/catch.hpp>

using namespace ringtrue;
using Catch::Matchers::WithinAbs;

TEST_CASE("twice too fast counts as twice too slow in the log error, and cancels in the bias") {
  constexpr std::array ratios{2.0, 0.5};
  REQUIRE_THAT(log_error(ratios), WithinAbs(1, 1e-12));  // exp(mean(ln 2, ln 2)) - 1 = 2 - 1
  REQUIRE_THAT(bias(ratios), WithinAbs(0, 1e-12));       // exp(mean(ln 2, -ln 2)) - 1 = 0
}

TEST_CASE("absolute errors of 1.1, 0.8 and 1") {
  constexpr std::array ratios{1.1, 0.8, 1.0};                        // |e| = 0.1, 0.2, 0
  REQUIRE_THAT(mean_absolute_error(ratios), WithinAbs(0.1, 1e-12));  // 0.3 / 3
  REQUIRE_THAT(p90_absolute_error(ratios), WithinAbs(0.18, 1e-12));  // 0.9 x 2 = 1.8: 0.1 + 0.8 x 0.1
  REQUIRE(worst_row(ratios) == 1);                                   // |ln 0.8| = 0.22 > |ln 1.1| = 0.10
  // exp(mean(ln 0.1, ln 0.2, ln 0.001)) = cube root of 2e-5
  REQUIRE_THAT(geomean_absolute_error(ratios, 0.001), WithinAbs(std::cbrt(2e-5), 1e-12));
}

TEST_CASE("the worst row is the worst on the logarithmic scale") {
  constexpr std::array ratios{1.9, 0.5};  // |e| = 0.9 and 0.5, but ln 1.9 = 0.64 < ln 2 = 0.69
  REQUIRE(worst_row(ratios) == 1);
}

TEST_CASE("Kendall's tau-b") {
  constexpr std::array up{1.0, 2.0, 3.0};
  constexpr std::array down{3.0, 2.0, 1.0};
  constexpr std::array tied{1.0, 1.0, 2.0};
  constexpr std::array constant{5.0, 5.0, 5.0};
  REQUIRE_THAT(kendall_tau(up, up), WithinAbs(1, 1e-12));
  REQUIRE_THAT(kendall_tau(up, down), WithinAbs(-1, 1e-12));
  // Two of three pairs agree, one is tied in the second: 2 / sqrt(3 x 2).
  REQUIRE_THAT(kendall_tau(up, tied), WithinAbs(2 / std::sqrt(6.0), 1e-12));
  REQUIRE(kendall_tau(up, constant) == 0);
}
