#include "sim/calibrate.hpp"

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/cluster/fit.hpp"
#include "tests/sim/calibration.hpp"

namespace ringtrue {
namespace {

TEST_CASE("a noiseless calibration gives back the machine it was made on") {
  const std::vector<Platform> platforms = fit_of(two_ranks());
  const ClusterPlatform& cluster = cluster_of(platforms);
  REQUIRE(cluster.eager_limit == 4096_B);
  REQUIRE(cluster.scales.size() == 1);
  const ClusterScale& scale = cluster.scales.front();
  require_us(scale.turn, 1);
  require_us(scale.skew, 0.5);
  require_us(scale.cross_core.at(4_KiB, 8_KiB).time, 3);
  require_us(scale.cross_core.at(4_B, 8_B).time, 0);
  require_us(scale.reduce.at(4_KiB, 8_KiB).time, 2);
  REQUIRE(scale.state.empty());
  REQUIRE_FALSE(scale.pooled);
}

TEST_CASE("the fit names every record it used and nothing else") {
  std::vector<Record> records = two_ranks();
  Record scored = records.front();
  scored.experiment = {CollectiveRun{.algorithm = Algorithm::ring,
                                     .bytes = 8_B,
                                     .dtype = DataType::float32,
                                     .op = ReduceOp::sum,
                                     .in_place = true,
                                     .segmentation = Segmentation{8_B, 1}},
                       2};
  std::get<Measurement>(scored.result).purpose = Purpose::score;
  std::vector<std::string> expected;
  for (const Record& record : records) expected.push_back(record_id(record));
  records.push_back(scored);
  REQUIRE(fit_of(records).front().fitted_on == expected);
}

TEST_CASE("a collective marked as calibration is not fitted on") {
  std::vector<Record> records = two_ranks();
  Record smuggled = records.front();
  smuggled.experiment = {CollectiveRun{.algorithm = Algorithm::ring,
                                       .bytes = 8_B,
                                       .dtype = DataType::float32,
                                       .op = ReduceOp::sum,
                                       .in_place = true,
                                       .segmentation = Segmentation{8_B, 1}},
                         2};
  records.push_back(smuggled);
  REQUIRE(fit_of(records).front().fitted_on.size() == 4);
}

TEST_CASE("launches enter as their median, each machine state by itself") {
  std::vector<Record> records;
  const auto add = [&](const std::vector<Record>& more) { records.insert(records.end(), more.begin(), more.end()); };
  add(two_ranks(0, 1.0, 0.1));
  add(two_ranks(1, 1.1, 0.1));
  add(two_ranks(2, 9.0, 0.1));  // an outlier that the median ignores
  add(two_ranks(3, 2.0, 0.3));
  add(two_ranks(4, 2.0, 0.3));
  const std::vector<Platform> platforms = fit_of(records);
  const ClusterPlatform& cluster = cluster_of(platforms);
  REQUIRE(cluster.scales.size() == 2);
  REQUIRE(cluster.scales[0].state == "fast");
  require_us(cluster.scales[0].turn, 1.1);
  REQUIRE(cluster.scales[1].state == "slow");
  require_us(cluster.scales[1].turn, 2);
}

TEST_CASE("a draw refits on its launches, with their multiplicity") {
  std::vector<Record> records = two_ranks(0, 1.0);
  for (const Record& record : two_ranks(1, 2.0)) records.push_back(record);
  const std::vector<RecordFile> files{file_of(records)};
  const Calibration calibration = collect_calibration(files);
  REQUIRE(calibration.launches.at(2) == std::vector<int>{0, 1});
  const auto turn = [&](std::vector<int> launches) {
    const std::vector<Platform> platforms = fit(calibration, {{2, std::move(launches)}});
    return cluster_of(platforms).scales.front().turn;
  };
  require_us(turn({0, 0}), 1);
  require_us(turn({1, 1}), 2);
  require_us(turn({0, 1}), 1.5);
}

TEST_CASE("draws are reproducible and stay within the launches") {
  std::vector<Record> records = two_ranks(3);
  for (const Record& record : two_ranks(7)) records.push_back(record);
  const std::vector<RecordFile> files{file_of(records)};
  const Calibration calibration = collect_calibration(files);
  const std::vector<LaunchDraw> draws = draw_launches(calibration, 50, 7);
  REQUIRE(draws == draw_launches(calibration, 50, 7));
  REQUIRE(draws != draw_launches(calibration, 50, 8));
  for (const LaunchDraw& draw : draws) {
    REQUIRE(draw.at(2).size() == 2);
    for (const int launch : draw.at(2)) REQUIRE((launch == 3 || launch == 7));
  }
}

TEST_CASE("ping-pong gives the textbook ring") {
  std::vector<Record> records = two_ranks();
  // Two round trips of 8 B in 4 us: alpha 1 us. Two of 1,000,008 B in 404 us: 101 us one way, 100 us for the bytes.
  records.push_back(measured(PingPong{8_B, 1, 2}, 2, 4));
  records.push_back(measured(PingPong{1'000'000_B, 1, 2}, 2, 404));
  const std::vector<Platform> platforms = fit_of(records);
  REQUIRE(platforms.at(1).model == "alpha_beta");
  const Link link = std::get<AlphaBetaRing>(platforms.at(1).machine).link;
  require_us(link.alpha, 1);
  REQUIRE_THAT(link.bandwidth.bytes_per_second, Catch::WithinRel(10e9, 1e-9));
}

const Platform* astra_of(const std::vector<Platform>& platforms) {
  for (const Platform& platform : platforms)
    if (platform.model == "astra") return &platform;
  return nullptr;
}

TEST_CASE("ASTRA-sim gets the link of the ping-pong and the memory of the local reduction") {
  std::vector<Record> records = two_ranks();
  records.push_back(measured(PingPong{8_B, 1, 2}, 2, 4));
  records.push_back(measured(PingPong{1'000'000_B, 1, 2}, 2, 404));
  records.push_back(measured(reduce(80'000_B), 2, 96));  // larger: 4 chunks of 40,000 B, 24 us each
  records.push_back(measured(exchange(8_B, 1), 4, 1.5));
  records.push_back(measured(exchange(8_B, 11), 4, 11.5));
  records.push_back(measured(reduce(800'000_B), 4, 1));  // larger still, but at other ranks, where no ping-pong was
  const std::vector<Platform> platforms = fit_of(records);
  const Platform* platform = astra_of(platforms);
  REQUIRE(platform != nullptr);
  REQUIRE(std::ranges::count(platforms, "astra", &Platform::model) == 1);
  REQUIRE(platform->fitted_on == platforms.front().fitted_on);
  REQUIRE(platform->sources.size() == 3);
  const AstraRing& ring = std::get<AstraRing>(platform->machine);
  // The ping-pong above: 1 us for the smallest, 100 us more for 1,000,000 B. Three passes over 40,000 B in 24 us.
  require_us(ring.latency, 1);
  REQUIRE_THAT(ring.bandwidth.bytes_per_second, Catch::WithinRel(10e9, 1e-9));
  REQUIRE_THAT(ring.memory.bytes_per_second, Catch::WithinRel(5e9, 1e-9));
  REQUIRE(ring.ranks == 2);
}

TEST_CASE("each number of ranks has its own link and memory") {
  std::vector<Record> records = two_ranks();
  for (const double scale : {1.0, 5.0}) {
    const int ranks = scale == 1 ? 2 : 4;
    records.push_back(measured(PingPong{8_B, 1, 2}, ranks, scale * 4));
    records.push_back(measured(PingPong{1'000'000_B, 1, 2}, ranks, scale * 404));
  }
  records.push_back(measured(exchange(8_B, 1), 4, 1.5));
  records.push_back(measured(exchange(8_B, 11), 4, 11.5));
  records.push_back(measured(reduce(160'000_B), 4, 96));  // 4 chunks of 40,000 B
  std::vector<AstraRing> rings;
  for (const Platform& platform : fit_of(records))
    if (platform.model == "astra") rings.push_back(std::get<AstraRing>(platform.machine));
  REQUIRE(rings.size() == 2);
  REQUIRE(rings[1].ranks == 4);
  require_us(rings[0].latency, 1);
  require_us(rings[1].latency, 5);
  REQUIRE_THAT(rings[1].bandwidth.bytes_per_second, Catch::WithinRel(2e9, 1e-9));
  REQUIRE_THAT(rings[1].memory.bytes_per_second, Catch::WithinRel(5e9, 1e-9));
}

TEST_CASE("without a ping-pong of two sizes ASTRA-sim is not asked") {
  std::vector<Record> records = two_ranks();
  REQUIRE(astra_of(fit_of(records)) == nullptr);
  records.push_back(measured(PingPong{8_B, 1, 2}, 2, 4));
  REQUIRE(astra_of(fit_of(records)) == nullptr);
}

TEST_CASE("the bandwidth bound is the most that any exchange moved") {
  const std::vector<Platform> platforms = fit_of(two_ranks());
  // 10 chunks of 4 KiB in 40.5 us beat 11 chunks of 4 B in 11.5 us.
  REQUIRE_THAT(std::get<BandwidthBound>(platforms.back().machine).bandwidth.bytes_per_second,
               Catch::WithinRel(40960 / 40.5e-6, 1e-9));
}

TEST_CASE("what is missing is named") {
  using Catch::Matchers::Contains;
  std::vector<Record> records = two_ranks();
  REQUIRE_THROWS_WITH(fit_of({}), Contains("no calibration record"));
  records.erase(records.begin());
  REQUIRE_THROWS_WITH(fit_of(records), Contains("2 ranks") && Contains("repetitions 1"));
  records = two_ranks();
  records.pop_back();
  REQUIRE_THROWS_WITH(fit_of(records), Contains("reduce_local"));
  records = two_ranks();
  records.front().campaign = "other";
  REQUIRE_THROWS_WITH(fit_of(records), Contains("mix campaigns"));
  records = two_ranks();
  records.front().system_id = "cluster.h2.pool1.block.tcp.1Gbps";
  REQUIRE_THROWS_WITH(fit_of(records), Contains("mix test beds 'cluster' and 'host'; calibrate on one"));
}

}  // namespace
}  // namespace ringtrue
