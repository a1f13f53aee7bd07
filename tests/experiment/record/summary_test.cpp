#include "experiment/record/summary.hpp"

#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

using namespace ringtrue;
using Catch::WithinAbs;
using Catch::WithinRel;

namespace {

/// P(k successes in n fair trials).
double fair_binomial(int n, int k) {
  return std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) - n * std::log(2.0));
}

}  // namespace

TEST_CASE("quantiles are linear between neighbours") {
  // Type 7: position q(n-1). Of 10 20 30 40: q = 0.25 is position 0.75, between 10 and 20: 17.5.
  const std::vector<double> values{10, 20, 30, 40};
  REQUIRE_THAT(quantile_of_sorted(values, 0.25), WithinRel(17.5, 1e-12));
  REQUIRE_THAT(quantile_of_sorted(values, 0.5), WithinRel(25.0, 1e-12));
  REQUIRE(quantile_of_sorted(values, 0) == 10);
  REQUIRE(quantile_of_sorted(values, 1) == 40);
  REQUIRE(quantile_of_sorted(std::vector{7.0}, 0.3) == 7);
}

TEST_CASE("a quantile of values in any order is that of the sorted ones") {
  const std::vector<double> sorted{10, 20, 30, 40, 70};
  const std::vector<double> mixed{30, 70, 10, 40, 20};
  for (const double q : {0.0, 0.025, 0.25, 0.6, 0.975, 1.0})
    REQUIRE(quantile(mixed, q) == quantile_of_sorted(sorted, q));
  REQUIRE(quantile({7}, 0.3) == 7);
}

TEST_CASE("the median is the middle value, or the mean of the middle two, in any order") {
  REQUIRE(median({3, 1, 2}) == 2);
  REQUIRE(median({4, 1, 3, 2}) == 2.5);
  REQUIRE(median({5}) == 5);
  REQUIRE(median({1, 1, 1, 9}) == 1);
}

TEST_CASE("a summary sorts its samples") {
  const std::vector<Seconds> samples{Seconds{5}, Seconds{1}, Seconds{4}, Seconds{2}, Seconds{3}};
  // Positions 0, 1, 2, 3, 4 of 1 2 3 4 5.
  REQUIRE(summarize(samples) == Summary{5, Seconds{1}, Seconds{2}, Seconds{3}, Seconds{4}, Seconds{5}});
  REQUIRE(summarize(std::vector{Seconds{2}}) == Summary{1, Seconds{2}, Seconds{2}, Seconds{2}, Seconds{2}, Seconds{2}});
}

TEST_CASE("the interval of the median covers at least 95 %, exactly, from ten samples on") {
  // Of n ordered samples x(1) < ... < x(n) the interval [x(a), x(b)] covers the median of any continuous distribution
  // if at least a and fewer than b of them lie below it: sum of C(n, k) / 2^n over a <= k < b.
  const int n = GENERATE(range(10, 200));
  std::vector<double> ranks(static_cast<std::size_t>(n));
  std::iota(ranks.begin(), ranks.end(), 1.0);  // the value says the place
  const Interval interval = median_interval(ranks);
  double coverage = 0;
  for (int k = static_cast<int>(interval.lower); k < static_cast<int>(interval.upper); ++k)
    coverage += fair_binomial(n, k);
  INFO("n = " << n << ", places " << interval.lower << " to " << interval.upper);
  REQUIRE(coverage >= 0.95);
  if (n >= 20) REQUIRE(coverage <= 0.99);  // and is not wide for nothing; below, one place more is already several %
}

TEST_CASE("the interval of the median takes the places of Hoefler and Belli") {
  // n = 60: floor((60 - 1.96 sqrt(60))/2) = floor(22.4) = 22 and ceil(1 + (60 + 1.96 sqrt(60))/2) = ceil(38.6) = 39.
  std::vector<double> places(60);
  std::iota(places.begin(), places.end(), 1.0);
  const Interval interval = median_interval(places);
  REQUIRE((interval.lower == 22 && interval.upper == 39));
}

TEST_CASE("with few samples the interval is all of them") {
  const Interval one = median_interval({3});
  REQUIRE((one.lower == 3 && one.upper == 3));
  const Interval three = median_interval({3, 1, 2});
  REQUIRE((three.lower == 1 && three.upper == 3));
}
