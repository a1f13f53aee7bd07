#include "experiment/training/training_entry.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/suite.hpp"

using namespace ringtrue;

namespace {

std::string training_suite(const std::string& score, const std::string& models = R"(["../models/mlp.json"])") {
  return R"({"name": "t", "ranks": [1, 2, 4], "launches": 1, "models": )" + models + R"(, "score": [)" + score + "]}";
}

Suite parse_training(const std::string& text) {
  return parse_suite(text, RINGTRUE_SOURCE_DIR "/experiment/suites/t.json");
}

}  // namespace

TEST_CASE("every choice of buckets, algorithm, overlap and sharding is a row") {
  const Suite suite = parse_training(training_suite(
      R"({"training": "mlp", "batch": 8, "ranks": [2], "buckets": ["per_layer", {"first": "1 MiB", "cap": "25 MiB"}],
          "algorithm": ["ring", "halving_doubling"], "segment_bytes": "1 MiB", "overlap": ["none", "thread"], "sharded": [false, true]})"));
  REQUIRE(suite.rows.size() == 16);
  // 784 x 2048 + 2048 + 2048 x 2048 + 2048 + 2048 x 10 + 10 = 5,824,522 parameters of 4 bytes.
  CHECK(experiment_key(suite.rows.front().experiment) ==
        "training_step.mlp.23298088B.batch8.per_layer.ring.seg1048576x1.overlap_none.p2");
  CHECK(experiment_key(suite.rows.back().experiment) ==
        "training_step.mlp.23298088B.batch8.first1048576cap26214400.halving_doubling.seg1048576x1.overlap_thread."
        "sharded.p2");
  CHECK(suite.models.at("mlp").layers.size() == 3);
  for (const SuiteRow& row : suite.rows) CHECK(parse_experiment(to_json(row.experiment), "row") == row.experiment);
}

TEST_CASE("a layer profile is a calibration subject") {
  const Suite suite = parse_suite(
      R"({"name": "t", "ranks": [1], "launches": 1, "models": ["experiment/models/mlp.json"],
          "calibrate": [{"calibration": "layer_profile", "model": "mlp", "batch": [1, 4]}]})",
      RINGTRUE_SOURCE_DIR "/t.json");
  REQUIRE(suite.rows.size() == 2);
  CHECK(experiment_key(suite.rows[1].experiment) == "layer_profile.mlp.23298088B.batch4.p1");
  CHECK(parse_experiment(to_json(suite.rows[1].experiment), "row") == suite.rows[1].experiment);
}

TEST_CASE("a global batch is shared out to the ranks") {
  const std::string entry = R"({"training": "mlp", "global_batch": 8, "algorithm": "ring", "segment_bytes": "1 MiB"})";
  const Suite suite = parse_training(training_suite(entry));
  REQUIRE(suite.rows.size() == 3);
  CHECK(as_training(suite.rows[0].experiment)->batch == 8);
  CHECK(as_training(suite.rows[2].experiment)->batch == 2);
}

TEST_CASE("the hash of a suite follows its models") {
  const std::string entry = R"({"training": "mlp", "batch": 1, "algorithm": "ring", "segment_bytes": "1 MiB"})";
  CHECK(parse_training(training_suite(entry)).hash != content_hash(training_suite(entry)));
}

TEST_CASE("what cannot be trained is refused when the suite is read") {
  const auto [entry, message] = GENERATE(table<std::string, std::string>({
      {R"({"training": "resnet", "batch": 1, "algorithm": "ring", "segment_bytes": "1 MiB"})",
       "a model of the suite's: mlp"},
      {R"({"training": "mlp", "batch": 0, "algorithm": "ring", "segment_bytes": "1 MiB"})", "1 to 4096 images"},
      {R"({"training": "mlp", "global_batch": 6, "algorithm": "ring", "segment_bytes": "1 MiB"})",
       "take a multiple of 4"},
      {R"({"training": "mlp", "batch": 1, "global_batch": 6, "algorithm": "ring", "segment_bytes": "1 MiB"})",
       "beside global_batch"},
      {R"({"training": "mlp", "batch": 1, "algorithm": "library_ring", "segment_bytes": "1 MiB"})",
       "of ours, or library"},
      {R"({"training": "mlp", "batch": 1, "algorithm": "ring", "segment_bytes": "1 MiB", "overlap": "some"})",
       "polling"},
      {R"({"training": "mlp", "batch": 1, "algorithm": "ring", "segment_bytes": "1 MiB", "buckets": 3})", "per_layer"},
      {R"({"training": "mlp", "batch": 1, "algorithm": "double_binary_tree", "segment_bytes": "1 MiB", "sharded": true})",
       "only has all_reduce and broadcast"},
      {R"({"training": "mlp", "batch": 1, "algorithm": "library", "segment_bytes": "1 MiB", "sharded": true})",
       "not sharded here"},
  }));
  CHECK_THROWS_WITH(parse_training(training_suite(entry)), Catch::Contains(message));
  CHECK_THROWS_WITH(parse_training(training_suite(entry, R"(["no.json"])")), Catch::Contains("no.json"));
}
