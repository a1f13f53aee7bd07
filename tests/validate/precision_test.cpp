#include "validate/precision.hpp"

#include <cmath>

#include <catch2/catch.hpp>

#include "tests/validate/campaign.hpp"

using namespace ringtrue;

namespace {

MeasuredRow row(Bytes bytes, int ranks, Interval interval_s, int launches, Purpose purpose = Purpose::score) {
  MeasuredRow row;
  row.experiment = testing::all_reduce(bytes, ranks);
  row.system_id = testing::host;
  row.purpose = purpose;
  row.interval_s = interval_s;
  row.launches = launches;
  return row;
}

}  // namespace

TEST_CASE("half widths are averaged over the scored rows of a scale, as ratios") {
  // A factor 1.21 from end to end is 1.1 to each side; one of 1.44 is 1.2.
  const std::vector<MeasuredRow> rows{row(1_KiB, 2, {1.0, 1.21}, 7), row(2_KiB, 2, {2.0, 2.88}, 6),
                                      row(4_KiB, 2, {1.0, 100}, 6, Purpose::show), row(1_KiB, 4, {3, 3}, 6)};
  const std::vector<ScalePrecision> scales = precision_of(rows);
  REQUIRE(scales.size() == 2);
  CHECK(scales[0].ranks == 2);
  CHECK(scales[0].launches == 6);
  CHECK(scales[0].half_width == Approx(std::sqrt(1.1 * 1.2) - 1));
  CHECK(scales[1].ranks == 4);
  CHECK(scales[1].half_width == 0);
}

TEST_CASE("enough are as many launches as a verdict needs, and medians known as well as was asked for") {
  const auto enough = [](int launches, double half_width) {
    return ScalePrecision{.system_id = "", .ranks = 2, .launches = launches, .half_width = half_width}.enough(0.05, 6);
  };
  CHECK(enough(6, 0.05));
  CHECK_FALSE(enough(5, 0.01));
  CHECK_FALSE(enough(6, 0.051));
}

TEST_CASE("one launch says nothing about how well its medians are known") {
  CHECK(std::isinf(precision_of(std::vector{row(1_KiB, 2, {1, 1}, 1)}).front().half_width));
}
