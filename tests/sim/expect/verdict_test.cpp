#include "sim/expect/verdict.hpp"

#include <cmath>

#include <catch2/catch.hpp>

#include "tests/sim/expect/round_platform.hpp"

namespace ringtrue::expect {
namespace {

using Catch::Matchers::WithinRel;
using testing::all_reduce;
using testing::published;
using testing::round_machine;
using testing::round_platform;

const nccl::Call gigabyte = all_reduce({1'000'000'000});
constexpr double expected_s = 3535.625e-6;  // see expectation_test

Uncertainty uncertainty(const std::vector<Reference>& references) {
  const Platform platform = round_platform();
  const Expectation expected = expectation_of(gigabyte, platform);
  const std::vector<PublishedTime> rows = published_times(references, platform);
  return uncertainty_of(expected, neighbours_of(expected, rows, round_machine()), rows, round_machine());
}

TEST_CASE("held-out error and published spread add in squares") {
  // Two rows alike, 5 % fast and 5 % slow: log error 5 %, spread 1.05^2.
  const Uncertainty u = uncertainty(
      {published(gigabyte, Seconds{expected_s / 1.05}), published(gigabyte, Seconds{expected_s * 1.05}, "b")});
  CHECK_THAT(u.error, WithinRel(0.05, 1e-9));
  CHECK_THAT(u.width, WithinRel(std::hypot(2 * std::log(1.05), 2 * std::log(1.05)), 1e-9));
  CHECK(verdict_of(Seconds{expected_s * 1.14}, u) == Verdict::normal);  // exp(2.83 x 0.0488) = 1.148
  CHECK(verdict_of(Seconds{expected_s * 1.15}, u) == Verdict::slower);
  CHECK(verdict_of(Seconds{expected_s / 1.15}, u) == Verdict::faster);
}

TEST_CASE("what was published alike is normal, however far the model is") {
  const Uncertainty u = uncertainty({published(gigabyte, Seconds{expected_s * 1.5}),
                                     published(all_reduce({2'000'000'000}), Seconds{(20 + 2 * 3515.625) * 1e-6})});
  CHECK(u.most >= Seconds{expected_s * 1.5});
  CHECK(verdict_of(Seconds{expected_s * 1.5}, u) == Verdict::normal);
}

TEST_CASE("nothing held out: 10 % are assumed; all of the platform stands in where only the like is missing") {
  CHECK_THAT(uncertainty({}).error, WithinRel(0.10, 1e-12));
  CHECK_THAT(uncertainty({}).width, WithinRel(2 * std::log(1.1), 1e-12));
  nccl::Call other = all_reduce({1'000'000'000}, 4);
  other.algorithm = Algorithm::ring;
  other.protocol = Protocol::simple;  // 10 us + 1.5e9 / 400e3 us = 3760 us
  const Uncertainty u = uncertainty({published(other, Seconds{3760e-6 * 1.03})});
  CHECK(u.like.rows == 0);
  CHECK(u.in_all.rows == 1);
  CHECK_THAT(u.error, WithinRel(0.03, 1e-9));
}

TEST_CASE("no band is narrower than 2 %") {
  const Uncertainty u = uncertainty({published(gigabyte, Seconds{expected_s})});
  CHECK_THAT(u.width, WithinRel(std::log(1.02), 1e-12));
  CHECK(verdict_of(Seconds{expected_s * 1.019}, u) == Verdict::normal);
  CHECK(verdict_of(Seconds{expected_s * 1.021}, u) == Verdict::slower);
  CHECK(to_string(Verdict::slower) == "slower than expected");
}

}  // namespace
}  // namespace ringtrue::expect
