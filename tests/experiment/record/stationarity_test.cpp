#include "experiment/record/stationarity.hpp"

#include <cmath>
#include <random>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

/// Iterations of 100 us with log-normal noise; one in twenty is an outlier, three to ten times as long.
struct Noise {
  double sigma = 0.1;
  double outliers = 0.05;
};

std::vector<Seconds> draw(std::size_t n, Noise noise, std::mt19937_64& generator) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<Seconds> samples;
  for (std::size_t i = 0; i < n; ++i) {
    double time = 1e-4 * std::exp(noise.sigma * normal(generator));
    if (uniform(generator) < noise.outliers) time *= 3 + 7 * uniform(generator);
    samples.emplace_back(time);
  }
  return samples;
}

void slow_down(std::vector<Seconds>& samples, std::size_t from, double ratio) {
  for (std::size_t i = from; i < samples.size(); ++i) samples[i] *= ratio;
}

std::vector<Seconds> seconds(std::initializer_list<double> times) {
  std::vector<Seconds> samples;
  for (const double time : times) samples.emplace_back(time);
  return samples;
}

TEST_CASE(
    "independent samples are called non-stationary less than once in fifty rows, and less than once in a hundred from "
    "24 on") {
  constexpr int rows = 2000;
  const std::size_t n =
      GENERATE(std::size_t{8}, std::size_t{10}, std::size_t{15}, std::size_t{23}, std::size_t{40}, std::size_t{200});
  const Noise noise = GENERATE(Noise{0.03, 0.05}, Noise{0.1, 0.05}, Noise{0.3, 0.05}, Noise{0.3, 0.2});
  std::mt19937_64 generator(7);
  int alarms = 0;
  for (int row = 0; row < rows; ++row) alarms += judge_stationarity(draw(n, noise, generator))->stationary ? 0 : 1;
  CAPTURE(n, noise.sigma, noise.outliers);
  REQUIRE(alarms < (n < 24 ? rows / 50 : rows / 100));
}

TEST_CASE("a step of 1.5, up or down, is found where it is") {
  constexpr int rows = 100;
  const std::size_t n = GENERATE(std::size_t{24}, std::size_t{40}, std::size_t{300});
  const double ratio = GENERATE(1.5, 1 / 1.5);
  const double place = GENERATE(0.4, 0.5, 0.6);
  const auto from = static_cast<std::size_t>(place * static_cast<double>(n));
  std::mt19937_64 generator(11);
  int found = 0;
  int in_place = 0;
  for (int row = 0; row < rows; ++row) {
    std::vector<Seconds> samples = draw(n, {0.05, 0.02}, generator);
    slow_down(samples, from, ratio);
    const Stationarity s = *judge_stationarity(samples);
    found += s.stationary ? 0 : 1;
    in_place += std::abs(static_cast<double>(s.step_at) - static_cast<double>(from)) <= 2 &&
                        std::abs(s.step_ratio / ratio - 1) < 0.1
                    ? 1
                    : 0;
  }
  CAPTURE(n, ratio, place);
  REQUIRE(found > rows * 8 / 10);
  REQUIRE(in_place > rows * 7 / 10);
}

TEST_CASE("few samples: only sides that lie apart are a step") {
  // Medians 1 and 1.5; between them 1.06 and 1.46, a gap of 1.38.
  const std::vector<Seconds> step = seconds({1, 1.02, 1.06, 0.98, 1.5, 1.46, 1.52, 1.5});
  REQUIRE(judge_stationarity(step) == Stationarity{.stationary = false, .step_at = 4, .step_ratio = 1.5 / 1.01});
  // The same medians, but one early sample is as slow as the late ones.
  REQUIRE(judge_stationarity(seconds({1, 1.47, 1.06, 0.98, 1.5, 1.46, 1.52, 1.5}))->stationary);
  // Two outliers at the end: a side has at least three.
  REQUIRE(judge_stationarity(seconds({1, 1.01, 1.02, 1.01, 1, 1.02, 5, 6}))->stationary);
}

TEST_CASE("a step below 20 % is none, however sure") {
  std::mt19937_64 generator(3);
  std::vector<Seconds> samples = draw(500, {0.01, 0}, generator);
  slow_down(samples, 250, 1.15);
  REQUIRE(judge_stationarity(samples)->stationary);
  slow_down(samples, 250, 1.1);  // 1.265 in all
  REQUIRE_FALSE(judge_stationarity(samples)->stationary);
}

TEST_CASE("too few samples, equal samples") {
  REQUIRE_FALSE(judge_stationarity(seconds({1, 1, 1, 1, 2, 2, 2})).has_value());
  REQUIRE(judge_stationarity(std::vector<Seconds>(30, Seconds{1}))->stationary);
}

TEST_CASE("outliers are samples above three medians") {
  // Median 1: 3 is not above three medians, 3.1 and 9 are.
  REQUIRE(count_outliers(seconds({1, 1, 1, 1, 3, 3.1, 9})) == 2);
  REQUIRE(count_outliers({}) == 0);
}

}  // namespace
}  // namespace ringtrue
