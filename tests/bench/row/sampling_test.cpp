#include "bench/row/sampling.hpp"

#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

const RowBudget budget{
    .min_time = Seconds{0.1}, .max_time = Seconds{1}, .min_iterations = 10, .max_iterations = 200, .precision = 0.02};

std::vector<double> samples(int n, double first, double second) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(i % 2 == 0 ? first : second);
  return values;
}

TEST_CASE("nothing measured yet: the least number of iterations") { REQUIRE(more_iterations({}, budget) == 10); }

TEST_CASE("precise and long enough: done") {
  // 20 samples of 10 ms: 0.2 s spent, the interval of the median has no width.
  REQUIRE(more_iterations(samples(20, 0.01, 0.01), budget) == 0);
}

TEST_CASE("precise but too short: more") {
  // 20 samples of 1 ms: 0.02 s of the least 0.1 s.
  REQUIRE(more_iterations(samples(20, 0.001, 0.001), budget) > 0);
}

TEST_CASE("imprecise: more, until the time is spent") {
  // Half at 5 ms, half at 15 ms: the interval of the median spans both.
  REQUIRE(more_iterations(samples(20, 0.005, 0.015), budget) > 0);
  REQUIRE(more_iterations(samples(100, 0.005, 0.015), budget) == 0);  // 1 s spent
}

TEST_CASE("refreshing counts: what takes longer to refresh than to run is run less often") {
  // 20 samples of 5 and 15 ms, 0.2 s: refreshed in 0.5 s, an iteration takes 35 ms, 0.3 s are left: 8, and one to cross
  // the border.
  REQUIRE(more_iterations(samples(20, 0.005, 0.015), budget, Seconds{0.5}) == 9);
  REQUIRE(more_iterations(samples(20, 0.005, 0.015), budget) == 20);
  REQUIRE(more_iterations(samples(20, 0.005, 0.015), budget, Seconds{0.8}) == 0);
  REQUIRE(more_iterations(samples(5, 0.005, 0.015), budget, Seconds{9}) == 5);  // the least are measured
}

TEST_CASE("what takes no time on this clock is run as often as anything") {
  CHECK(more_iterations(std::vector<double>(20, 0), budget) == 20);
  CHECK(more_iterations(std::vector<double>(20, 0), budget, Seconds{0.5}) == 20);
}

TEST_CASE("never more than the largest number of iterations") {
  REQUIRE(more_iterations(samples(195, 1e-6, 3e-6), budget) <= 5);
  REQUIRE(more_iterations(samples(200, 1e-6, 3e-6), budget) == 0);
}

TEST_CASE("no batch runs far beyond the largest time") {
  // 10 samples of 90 ms: 0.1 s left, affordable: 1 more, and one to cross the border.
  REQUIRE(more_iterations(samples(10, 0.085, 0.095), budget) <= 2);
}

TEST_CASE("a warm-up has the first iteration and two blocks, however large the row") {
  // 10 ms each: a block of a millisecond is less than one iteration, so it is 2; 1 + 2 x 2 = 5.
  REQUIRE(more_warm_up({0.01}, budget) == 4);
  REQUIRE(more_warm_up({1, 0.01, 0.01, 0.01, 0.01}, budget) == 0);
  // 10 us each: 100 in a millisecond, at most 50 a block; 1 + 2 x 50.
  REQUIRE(more_warm_up({1e-5}, budget) == 100);
}

TEST_CASE("a warm-up goes on by blocks while times still fall, and ends when they do not") {
  // 0.5 ms: blocks of 2. The first iteration belongs to none.
  REQUIRE(more_warm_up({9, 1e-3, 1e-3, 5e-4, 5e-4}, budget) == 2);
  REQUIRE_FALSE(is_steady({9, 1e-3, 1e-3, 5e-4, 5e-4}));
  REQUIRE(more_warm_up({9, 1e-3, 1e-3, 5e-4, 5e-4, 5e-4, 5e-4}, budget) == 0);
  REQUIRE(is_steady({9, 1e-3, 1e-3, 5e-4, 5e-4, 5e-4, 5e-4}));
  REQUIRE_FALSE(is_steady({1e-3, 1e-3, 1e-3, 1e-3}));  // two blocks and the first are five
}

TEST_CASE("a warm-up that never gets steady ends by its time or its iterations") {
  std::vector<double> falling{9};
  for (int i = 0; more_warm_up(falling, budget) > 0; ++i) falling.push_back(0.02 * std::pow(0.8, i));
  REQUIRE_FALSE(is_steady(falling));
  // A tenth of the largest time, 0.1 s: 0.02 s x (1 - 0.8^n) / 0.2 never gets there, but by blocks of 50 it stays
  // short.
  REQUIRE(std::accumulate(falling.begin() + 1, falling.end(), 0.0) <= 0.1 + 0.02);
  std::vector<double> alternating{9};
  for (int n = 1; n > 0; n = more_warm_up(alternating, budget))
    for (const std::size_t end = alternating.size() + static_cast<std::size_t>(n) - 1; alternating.size() <= end;)
      alternating.push_back((alternating.size() - 1) / 50 % 2 == 0 ? 1e-6 : 2e-6);
  REQUIRE(alternating.size() == 400);
  REQUIRE_FALSE(is_steady(alternating));
}

}  // namespace
}  // namespace ringtrue
