#include "bench/sampling.hpp"

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

TEST_CASE("never more than the largest number of iterations") {
  REQUIRE(more_iterations(samples(195, 1e-6, 3e-6), budget) <= 5);
  REQUIRE(more_iterations(samples(200, 1e-6, 3e-6), budget) == 0);
}

TEST_CASE("no batch runs far beyond the largest time") {
  // 10 samples of 90 ms: 0.1 s left, affordable: 1 more, and one to cross the border.
  REQUIRE(more_iterations(samples(10, 0.085, 0.095), budget) <= 2);
}

}  // namespace
}  // namespace ringtrue
