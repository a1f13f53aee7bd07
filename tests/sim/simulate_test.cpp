#include "sim/simulate.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/expand.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

const char* const suite_text = R"({"name": "t", "ranks": [2], "launches": 1,
  "calibrate": [{"calibration": "exchange", "bytes": "8 B", "stride": "near", "repetitions": 1, "segment_bytes": "1 KiB"}],
  "score": [{"collective": "all_reduce", "algorithm": "ring", "bytes": ["1000 kB", "2 MB"], "dtype": "float32", "op": "sum",
             "in_place": true, "segment_bytes": "1 MiB", "segments_in_flight": 2}],
  "show": [{"collective": "all_reduce", "algorithm": "library", "bytes": "1 MB", "in_place": true}]})";

PlatformFile textbook() {
  // 2 us and 1 GB/s: 1 MB over 2 ranks is 1 us base + 2 x (2 us + 500 us) = 1005 us.
  return {.name = "p.json",
          .hash = "0",
          .platforms = {{.model = "textbook",
                         .describes = {"here"},
                         .machine = AlphaBetaRing{.base = Seconds{1e-6}, .link = {Seconds{2e-6}, 1_GBps}},
                         .sources = {"a book"},
                         .fitted_on = {}}}};
}

TEST_CASE("run simulates what has a schedule and nothing else") {
  const RecordFile file = simulate_suites({parse_suite(suite_text, "t")}, {textbook()});
  REQUIRE(file.records.size() == 2);
  REQUIRE(file.records.front().source == "textbook");
  REQUIRE(file.records.front().system_id == "here");
  REQUIRE_THAT(time_of(file.records.front()).count(), Catch::WithinRel(1005e-6, 1e-9));
  REQUIRE(file.contexts.front()["model_kind"]["textbook"] == "alpha_beta_ring");
}

TEST_CASE("ASTRA-sim's view of a system is simulated like any other model") {
  PlatformFile file = textbook();
  file.platforms.front().model = "astra";
  file.platforms.front().machine = AstraRing{.latency = Seconds{1e-6}, .bandwidth = {10e9}, .memory = {4e9}};
  const RecordFile simulated = simulate_suites({parse_suite(suite_text, "t")}, {file});
  REQUIRE(simulated.records.size() == 2);
  // m = 500,000: hop + e = 1 us + 50 us, r = 3 x 125 us; 1 ns + 2 x 51 us + 375 us.
  REQUIRE_THAT(time_of(simulated.records.front()).count(), Catch::WithinAbs(477e-6, 5e-9));
  REQUIRE(simulated.contexts.front()["model_kind"]["astra"] == "astra_ring");
  std::get<AstraRing>(file.platforms.front().machine).ranks = 4;  // calibrated elsewhere: it says nothing about 2 ranks
  REQUIRE(simulate(parse_suite(suite_text, "t").rows.at(1).experiment, file.platforms.front()).empty());
}

TEST_CASE("two runs are byte-identical") {
  const auto text = [] { return record_file_text(simulate_suites({parse_suite(suite_text, "t")}, {textbook()})); };
  REQUIRE(text() == text());
}

TEST_CASE("a platform fitted at other ranks says so") {
  ClusterScale scale;
  scale.ranks = 4;
  const Platform platform{
      .model = "cluster",
      .describes = {"host.h1.c2.block.sm"},
      .machine = ClusterPlatform{.system = {}, .eager_limit = {}, .state_threshold_s = 0, .scales = {scale}},
      .sources = {},
      .fitted_on = {}};
  const Suite suite = parse_suite(suite_text, "t");
  REQUIRE(simulate(suite.rows.at(1).experiment, platform).empty());
  REQUIRE_THROWS_WITH(simulate_suites({suite}, {{.name = "p.json", .hash = "", .platforms = {platform}}}),
                      Contains("fitted at 4 ranks") && Contains("calibrate again"));
}

TEST_CASE("only our algorithms are simulated, by models that know them") {
  const Suite suite = parse_suite(suite_text, "t");
  REQUIRE_THROWS_WITH(simulate(suite.rows.front().experiment, textbook().platforms.front()),
                      Contains("with an algorithm of ours only"));
  Experiment tree = suite.rows.at(1).experiment;
  std::get<CollectiveRun>(tree.workload).algorithm = Algorithm::double_binary_tree;
  REQUIRE(simulate(tree, textbook().platforms.front()).empty());
}

TEST_CASE("what is shown with a schedule of ours is simulated too") {
  const Suite suite = parse_suite(
      R"({"name": "t", "ranks": [2], "launches": 1, "show": [
        {"collective": "all_reduce", "algorithm": ["ring", "library"], "bytes": "1 MB", "in_place": true, "segment_bytes": "1 MiB"}]})",
      "t");
  REQUIRE(simulate_suites({suite}, {textbook()}).records.size() == 1);
}

TEST_CASE("a template has the scored rows, empty times, and is refused until it is filled") {
  const std::string text = template_text(parse_suite(suite_text, "t"), "host.h1.c2.block.sm", "their-simulator");
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 3);
  const std::size_t second = text.find('\n') + 1;
  Json record = parse_json(text.substr(second, text.find('\n', second) - second), "t");
  REQUIRE(record["source"] == "their-simulator");
  REQUIRE_THROWS_WITH(parse_record(record, "t"), Contains("time_s") && Contains("value"));
  record["time_s"]["value"] = 1e-3;
  REQUIRE(time_of(parse_record(record, "t")) == Seconds{1e-3});
}

}  // namespace
}  // namespace ringtrue
