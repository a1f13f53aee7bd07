#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/ablation.hpp"
#include "sim/expand.hpp"
#include "sim/simgrid/runs.hpp"
#include "sim/simulate.hpp"
#include "tests/sim/calibration.hpp"
#include "tests/sim/training/toy.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

/// Forward 100 us, backward 200, update 40, all times `scale`.
Record profile(int ranks, double scale, int launch = 0, double canary_us = 0.1) {
  Record record = measured(LayerProfile{"toy", 1048_B, 4}, ranks, 340 * scale, launch, canary_us);
  const auto part = [&](double value) { return us(value * scale); };
  std::get<Measurement>(record.result).phases = {
      {"forward", part(100)},     {"forward/a", part(60)},     {"forward/r", part(10)},   {"forward/b", part(20)},
      {"forward/loss", part(10)}, {"backward", part(200)},     {"backward/a", part(100)}, {"backward/r", part(20)},
      {"backward/b", part(60)},   {"backward/loss", part(20)}, {"update", part(40)}};
  return record;
}

void add_launch(std::vector<Record>& records, int launch, double scale, double canary_us = 0.1) {
  for (Record& record : two_ranks(launch, 1, canary_us)) records.push_back(std::move(record));
  records.push_back(profile(1, scale, launch, canary_us));
  records.push_back(profile(2, scale, launch, canary_us));
}

Calibration calibration_of(std::vector<Record> records) {
  const std::vector<RecordFile> files{file_of(std::move(records))};
  return collect_calibration(files);
}

PlatformFile platforms_of(const Calibration& calibration) {
  return {.name = "p.json", .hash = "0", .platforms = fit(calibration)};
}

Suite toy_suite() {
  Suite suite;
  suite.name = "toy";
  suite.models = {{"toy", toy_model()}};
  for (const int ranks : {1, 2})
    suite.rows.push_back({.purpose = Purpose::score, .experiment = {toy_step(), ranks}, .budget = {}});
  TrainingStep library = toy_step();
  library.algorithm = Algorithm::library;
  library.segmentation = {};
  suite.rows.push_back({.purpose = Purpose::show, .experiment = {library, 2}, .budget = {}});
  return suite;
}

// Two ranks: skew 0.5 us, turn 1 us, messages of a few bytes nothing, a reduction 2 us. A bucket takes 0.5 + 2 + 2 us.
TEST_CASE("a suite that trains is simulated on what was calibrated") {
  std::vector<Record> records;
  add_launch(records, 0, 1);
  const RecordFile simulated = simulate_suites({toy_suite()}, {platforms_of(calibration_of(records))});
  REQUIRE(simulated.records.size() == 2);  // the library's algorithm has no schedule
  require_us(time_of(simulated.records[0]), 340);
  const auto& two = std::get<Simulation>(simulated.records[1].result);
  REQUIRE(simulated.records[1].source == "cluster");
  require_us(two.time, 340 + 2 * 4.5);
  require_us(two.phases.at("exposed"), 9);
  const Record again = parse_record(to_json(simulated.records[1]), "test");
  REQUIRE(std::get<Simulation>(again.result).phases.size() == two.phases.size());
}

TEST_CASE("each machine state trains at its own speed") {
  std::vector<Record> records;
  add_launch(records, 0, 1, 0.1);
  add_launch(records, 1, 2, 0.3);
  const RecordFile simulated = simulate_suites({toy_suite()}, {platforms_of(calibration_of(records))});
  REQUIRE(simulated.records.size() == 4);
  REQUIRE(std::get<Simulation>(simulated.records[2].result).state == "fast");
  require_us(time_of(simulated.records[2]), 340 + 9);
  REQUIRE(std::get<Simulation>(simulated.records[3].result).state == "slow");
  require_us(time_of(simulated.records[3]), 680 + 9);
}

// Launches at once and twice the time: refits on two of them have a median of 340, 510 or 680 us.
TEST_CASE("training steps have replicates") {
  std::vector<Record> records;
  add_launch(records, 0, 1);
  add_launch(records, 1, 2);
  const Calibration calibration = calibration_of(records);
  RecordFile simulated = simulate_suites({toy_suite()}, {platforms_of(calibration)});
  add_replicates(simulated, {toy_suite()}, calibration, {.draws = 20, .seed = 1});
  const auto& two = std::get<Simulation>(simulated.records[1].result);
  REQUIRE(two.replicates.size() == 20);
  const auto has = [&](double time_us) {
    return std::ranges::any_of(two.replicates,
                               [&](Seconds time) { return std::abs(time.count() * 1e6 - time_us) < 1e-6; });
  };
  REQUIRE(has(349));
  REQUIRE(has(519));
  REQUIRE(has(689));
}

TEST_CASE("ranks without a profile are told what to measure") {
  const Calibration calibration = calibration_of(two_ranks());
  Suite suite = toy_suite();
  suite.rows.erase(suite.rows.begin());
  REQUIRE_THROWS_WITH(simulate_suites({suite}, {platforms_of(calibration)}), Contains("layer_profile"));
  REQUIRE_THROWS_WITH(simulate_suites({toy_suite()}, {platforms_of(calibration)}),
                      Contains("fitted at 2 ranks") && Contains("at 1 ranks"));
}

TEST_CASE("two suites may not describe one model differently") {
  Suite other = toy_suite();
  other.name = "other";
  other.models.at("toy").hash = "another";
  std::vector<Record> records;
  add_launch(records, 0, 1);
  REQUIRE_THROWS_WITH(simulate_suites({toy_suite(), other}, {platforms_of(calibration_of(records))}),
                      Contains("'other'") && Contains("'toy'"));
}

TEST_CASE("a template has training steps, ablations and SimGrid have none") {
  const std::string text = template_text(toy_suite(), "host.h1.c2.block.sm", "their-simulator");
  REQUIRE(std::ranges::count(text, '\n') == 3);
  REQUIRE(text.find("toy") != std::string::npos);
  std::vector<Record> records;
  add_launch(records, 0, 1);
  const Calibration calibration = calibration_of(records);
  REQUIRE_THROWS_WITH(ablate(calibration, {toy_suite()}), Contains("nothing to simulate"));
  REQUIRE_THROWS_WITH(simgrid::make_runs({toy_suite()}, calibration), Contains("nothing to simulate"));
}

TEST_CASE("one rank that only computes predicts no collective") {
  const PlatformFile platforms = platforms_of(calibration_of({profile(1, 1)}));
  const CollectiveRun run{.algorithm = Algorithm::ring,
                          .bytes = 8_B,
                          .dtype = DataType::float32,
                          .op = ReduceOp::sum,
                          .in_place = true,
                          .segmentation = Segmentation{8_B, 1}};
  REQUIRE(simulate({run, 1}, platforms.platforms.front()).empty());
}

}  // namespace
}  // namespace ringtrue
