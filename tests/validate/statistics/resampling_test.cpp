#include "validate/statistics/resampling.hpp"

#include <cmath>

#include <catch2/catch.hpp>

#include "tests/validate/synthetic.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::WithinAbs;

namespace {

constexpr int campaigns = 60;
constexpr std::size_t rows_of_a_campaign = 12;

/// Share of campaigns whose interval holds the true log error.
double coverage(const std::vector<double>& truth, int launches, Noise noise) {
  double log_error = 0;
  for (const double t : truth) log_error += std::abs(t) / static_cast<double>(truth.size());
  std::mt19937_64 generator(7);
  int covered = 0;
  for (int i = 0; i < campaigns; ++i) {
    const std::vector<ResampledRow> rows = synthetic_rows(truth, launches, noise, generator);
    const Interval interval = log_error_interval(pointers_to(rows));
    covered += interval.lower <= std::expm1(log_error) + 1e-12 && std::expm1(log_error) <= interval.upper + 1e-12;
  }
  return static_cast<double>(covered) / campaigns;
}

}  // namespace

TEST_CASE("equal seeds give equal draws, other seeds others, and only launches that exist") {
  const std::vector<int> launches{3, 5, 8};
  const std::vector<Draw> draws = draw_launches(launches, 50, 1);
  REQUIRE(draws.size() == 50);
  REQUIRE(draws == draw_launches(launches, 50, 1));
  REQUIRE(draws != draw_launches(launches, 50, 2));
  for (const Draw& draw : draws) {
    REQUIRE(draw.size() == 3);
    for (const int launch : draw) REQUIRE((launch == 3 || launch == 5 || launch == 8));
  }
}

TEST_CASE("the generator's bits are those of the standard, so that reports are equal everywhere") {
  // The 10000th value of a default mt19937_64 is 9981545732273789042 ([rand.predef]); ours start from the same engine.
  std::mt19937_64 generator;
  generator.discard(9999);
  REQUIRE(draw_index(generator, 1000) == 42);  // ...042 modulo 1000
}

// One row at 0.3 whose draws are off by 0.1, half of them up: the largest of |0.3 t + f d| is 0.3 t + 0.1 f, as large
// as what is seen for t = 1 - f/3. Of 6 launches f = sqrt(6/5) 1.29967, the latter Student's factor to second order.
TEST_CASE("the lower bound is where what is seen stops being surprising") {
  ResampledRow row{.log_ratio = 0.3, .joint = {}, .reference = {}, .launches = 6};
  for (int b = 0; b < 100; ++b) row.joint.push_back(b % 2 == 0 ? 0.4 : 0.2);
  row.reference = row.joint;
  const std::vector<const ResampledRow*> rows{&row};
  const double lower = 0.3 - 0.1 * std::sqrt(1.2) * 1.29967;
  REQUIRE_THAT(log_error_interval(rows).lower, WithinAbs(std::expm1(lower), 2e-4));
}

TEST_CASE("a standard normal has mean 0 and variance 1") {
  std::mt19937_64 generator(1);
  constexpr int n = 20000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = draw_normal(generator);
    sum += x;
    squares += x * x;
  }
  REQUIRE_THAT(sum / n, WithinAbs(0, 0.03));      // 4 standard errors: 4 / sqrt(20000)
  REQUIRE_THAT(squares / n, WithinAbs(1, 0.04));  // 4 sqrt(2 / 20000)
}

TEST_CASE("scatter of n launches is widened by sqrt(n/(n-1))") {
  REQUIRE(small_sample_factor(0) == 1);
  REQUIRE(small_sample_factor(1) == 1);
  REQUIRE_THAT(small_sample_factor(2), WithinAbs(std::sqrt(2.0), 1e-12));
  REQUIRE_THAT(small_sample_factor(6), WithinAbs(std::sqrt(1.2), 1e-12));
}

TEST_CASE("launches that agree leave nothing to resample") {
  const ResampledRow row{
      .log_ratio = std::log(1.2), .joint = {std::log(1.2)}, .reference = {std::log(1.2)}, .launches = 6};
  const Interval interval = log_error_interval(std::vector{&row, &row});
  REQUIRE_THAT(interval.lower, WithinAbs(0.2, 1e-9));
  REQUIRE_THAT(interval.upper, WithinAbs(0.2, 1e-9));
  REQUIRE(noise_floor(std::vector{&row, &row}) == 0);
}

TEST_CASE("the noise floor is what a perfect model would show") {
  // One row of two launches (factor sqrt 2), drawn 0.1 above and 0.1 below its value: exp(0.1 sqrt 2) - 1 in each draw.
  // The model's own error of 0.5 does not enter.
  const ResampledRow row{.log_ratio = 0.5, .joint = {}, .reference = {0.6, 0.4}, .launches = 2};
  REQUIRE_THAT(noise_floor(std::vector{&row}), WithinAbs(std::expm1(0.1 * std::sqrt(2.0)), 1e-12));
}

TEST_CASE("a percentile interval of a statistic") {
  std::vector<double> drawn;
  for (int i = 0; i <= 1000; ++i) drawn.push_back(i * 0.001);  // uniform on [0, 1]
  const Interval interval = percentile_interval(0.5, drawn, 0);
  REQUIRE_THAT(interval.lower, WithinAbs(0.025, 1e-9));
  REQUIRE_THAT(interval.upper, WithinAbs(0.975, 1e-9));
  REQUIRE(percentile_interval(0.5, {}, 6).upper == 0.5);
}

TEST_CASE("95 % intervals hold the true log error in at least 88 % of campaigns") {
  // Nominally 95 %; 400 campaigns each of such truths found 91 to 100 % (resampling.cpp). The seed is fixed.
  const int launches = GENERATE(6, 10);
  const double noise = GENERATE(0.02, 0.4);
  const bool shared = GENERATE(false, true);
  const Noise kind =
      shared ? Noise{.per_row = noise / 4, .per_launch = noise} : Noise{.per_row = noise, .per_launch = 0};
  CAPTURE(launches, noise, shared);
  const std::vector<double> perfect(rows_of_a_campaign, 0.0);
  const std::vector<double> biased(rows_of_a_campaign, 0.26);
  std::vector<double> wrong_in_some(rows_of_a_campaign, 0.0);
  for (std::size_t i = 0; i < rows_of_a_campaign; i += 3) wrong_in_some[i] = 0.2;
  REQUIRE(coverage(perfect, launches, kind) >= 0.88);
  REQUIRE(coverage(biased, launches, kind) >= 0.88);
  REQUIRE(coverage(wrong_in_some, launches, kind) >= 0.88);
}
