#include "validate/training/step.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/training/steps.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Contains;

TEST_CASE("details and predictions come back from JSON as they were, and nothing else does") {
  const TrainingDetails d{.phases = simple_phases(1, 1.0 / 3),
                          .middle_half_s = {{"exposed", {0.25, 1.0 / 3}}},
                          .steps = StepTimes{18, Seconds{1}, Seconds{2}},
                          .losses = LossRange{7, 6.5},
                          .alone = ComputeAlone{Seconds{0.5}, 1.1}};
  CHECK(to_json(parse_training_details(to_json(d), "d")).dump() == to_json(d).dump());
  Json bare = to_json(TrainingDetails{});
  CHECK_FALSE(parse_training_details(bare, "d").steps.has_value());
  bare["middle_half_s"]["exposed"] = {1, 2, 3};
  CHECK_THROWS_WITH(parse_training_details(bare, "d"), Contains("'exposed'") && Contains("two numbers"));
  bare.erase("middle_half_s");
  bare["speed"] = 1;
  CHECK_THROWS_WITH(parse_training_details(bare, "d"), Contains("unknown key 'speed'"));
  const TrainingPrediction p{"nccl", training_step(8), "gpus", Seconds{1}, d.phases, true, "a datasheet"};
  Json json = to_json(p);
  CHECK(to_json(parse_training_prediction(json, "p")).dump() == json.dump());
  json["experiment"] = to_json(all_reduce(1_MiB, 2));
  CHECK_THROWS_WITH(parse_training_prediction(json, "p"), Contains("a training step"));
}
