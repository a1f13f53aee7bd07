#include "sim/training/busy.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "sim/calibrate.hpp"
#include "tests/sim/calibration.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

TEST_CASE("between two sizes a slowdown is interpolated, beyond them it stays") {
  const std::vector<BusyPoint> points{{1_KiB, 2, 0.4}, {4_KiB, 8, 0.6}};
  REQUIRE_FALSE(busy_at({}, 1_KiB));
  REQUIRE(busy_at(points, 0_B)->slowdown == 2);
  REQUIRE(busy_at(points, 1_KiB)->slowdown == 2);
  REQUIRE_THAT(busy_at(points, 2_KiB)->slowdown, WithinRel(4.0, 1e-12));
  REQUIRE_THAT(busy_at(points, 2_KiB)->computing_rate, WithinRel(0.5, 1e-12));
  REQUIRE(busy_at(points, 4_KiB)->slowdown == 8);
  REQUIRE(busy_at(points, 1024_MiB)->slowdown == 8);
}

Record busy(Bytes bytes, int repetitions, int ranks, const Phases& phases) {
  Record record = measured(BusyExchange{std::get<Exchange>(exchange(bytes, repetitions))}, ranks, 1000);
  std::get<Measurement>(record.result).phases = phases;
  return record;
}

Phases seen(double exchange_us, double computing_us) {
  return {{"exchange", us(exchange_us)}, {"computing", us(computing_us)}};
}

std::vector<BusyPoint> fitted(std::vector<Record> records) {
  const std::vector<RecordFile> files{file_of(std::move(records))};
  const std::vector<Platform> platforms = fit(collect_calibration(files));
  REQUIRE(platform_file_text({parse_platform(to_json(platforms.front()), "test")}) ==
          platform_file_text({platforms.front()}));
  return std::get<ClusterPlatform>(platforms.front().machine).scales.at(0).busy;
}

// Alone, 10 exchanges of 8 KiB take 40.5 us and one of 8 B 1.5.
TEST_CASE("a busy exchange is held against the same exchange alone") {
  std::vector<Record> records = two_ranks();
  REQUIRE(fitted(records).empty());
  records.push_back(busy(8_KiB, 10, 2, seen(81, 40.5)));
  records.push_back(busy(8_B, 1, 2, seen(0.75, 0)));  // luck: never faster than alone, never without any computing
  const std::vector<BusyPoint> points = fitted(records);
  REQUIRE(points.size() == 2);
  REQUIRE(points[0].buffer == 8_B);
  REQUIRE(points[0].slowdown == 1);
  REQUIRE(points[0].computing_rate == 0.01);
  REQUIRE(points[1].buffer == 8_KiB);
  REQUIRE_THAT(points[1].slowdown, WithinRel(2.0, 1e-12));
  REQUIRE_THAT(points[1].computing_rate, WithinRel(0.5, 1e-12));
}

// Four ranks on two cores: computing has at most half a core of its own, a quarter is half of that.
TEST_CASE("computing is held against the rank's share of a core") {
  std::vector<Record> records;
  for (const Record& of_two : two_ranks()) {
    records.push_back(of_two);
    records.back().experiment.ranks = 4;
  }
  records.push_back(busy(8_KiB, 10, 4, seen(81, 20.25)));
  REQUIRE_THAT(fitted(records).at(0).computing_rate, WithinRel(0.5, 1e-12));
}

TEST_CASE("of several strides the one that is slowed most counts") {
  std::vector<Record> records;
  for (const Record& of_two : two_ranks()) {
    records.push_back(of_two);
    records.back().experiment.ranks = 4;
  }
  records.push_back(records[2]);
  std::get<Exchange>(records.back().experiment.workload).stride = 2;
  for (const int stride : {2, 1}) {
    records.push_back(busy(8_KiB, 10, 4, seen(81 * stride, 20.25)));
    std::get<BusyExchange>(records.back().experiment.workload).exchange.stride = stride;
  }
  const std::vector<BusyPoint> points = fitted(records);
  REQUIRE(points.size() == 1);
  REQUIRE_THAT(points.front().slowdown, WithinRel(4.0, 1e-12));
}

TEST_CASE("a busy exchange without the same alone says what to measure") {
  std::vector<Record> records = two_ranks();
  records.push_back(busy(16_KiB, 10, 2, seen(81, 40)));
  REQUIRE_THROWS_WITH(fitted(records), Contains("host.h1.c2.block.sm") &&
                                           Contains("exchange.16384B.stride1.rep10.seg1048576x1.p2 to compare") &&
                                           Contains("add it"));
}

TEST_CASE("a busy exchange whose times were not observed is of no use") {
  std::vector<Record> records = two_ranks();
  records.push_back(busy(8_KiB, 10, 2, {}));
  REQUIRE_THROWS_WITH(fitted(records), Contains("busy_exchange.8192B") && Contains("phases_s"));
}

TEST_CASE("a platform's busy point is bounded") {
  const Json good{{"buffer_bytes", 8}, {"slowdown", 2}, {"computing_rate", 0.5}};
  REQUIRE(parse_busy_point(good, "p").slowdown == 2);
  const auto with = [&](const std::string& key, const Json& value) {
    Json json = good;
    json[key] = value;
    return json;
  };
  REQUIRE_THROWS_WITH(parse_busy_point(with("slowdown", 0.5), "p"), Contains("p: 'slowdown' is 0.5"));
  REQUIRE_THROWS_WITH(parse_busy_point(with("computing_rate", 0), "p"), Contains("p: 'computing_rate' is 0"));
  REQUIRE_THROWS_WITH(parse_busy_point(with("buffer_bytes", -1), "p"), Contains("p: 'buffer_bytes' is -1"));
  REQUIRE_THROWS_WITH(parse_busy_point(with("slow", 1), "p"), Contains("unknown key 'slow'"));
}

}  // namespace
}  // namespace ringtrue
