#include "validate/training/step.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/training/steps.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Contains;

TEST_CASE("what is derived from the parts of a step") {
  // 1 s, 0.2 s exposed: compute 0.8 s, communication 0.4 s, half of it hidden.
  const Phases phases = simple_phases(1, 0.2);
  CHECK(compute_of(phases).count() == Approx(0.8));
  CHECK(overlap_fraction(phases).value() == Approx(0.5));
  CHECK(overhead_of(phases, Seconds{1}) == Approx(0.2));
  CHECK_FALSE(overlap_fraction({{"exposed", Seconds{1}}}).has_value());
  const Experiment e = training_step(4, Overlap::none, {}, 8);
  CHECK(images_per_second(*as_training(e), 4, Seconds{2}) == Approx(16));  // 8 x 4 / 2
  CHECK(scaling_efficiency(16, 4, 10, 2) == Approx(0.8));                  // 4 a rank against 5
}

TEST_CASE("each phase's median is over those that have it") {
  const std::vector<Phases> all{
      {{"forward", Seconds{1}}}, {{"forward", Seconds{5}}, {"exposed", Seconds{7}}}, {{"forward", Seconds{2}}}};
  CHECK(median_phases(all) == Phases{{"exposed", Seconds{7}}, {"forward", Seconds{2}}});
}

TEST_CASE("details and predictions come back from JSON as they were, and nothing else does") {
  const TrainingDetails d{.phases = simple_phases(1, 1.0 / 3),
                          .steps = StepTimes{18, Seconds{1}, Seconds{2}},
                          .losses = LossRange{7, 6.5},
                          .alone = ComputeAlone{Seconds{0.5}, 1.1}};
  CHECK(to_json(parse_training_details(to_json(d), "d")).dump() == to_json(d).dump());
  Json bare = to_json(TrainingDetails{});
  CHECK_FALSE(parse_training_details(bare, "d").steps.has_value());
  bare["speed"] = 1;
  CHECK_THROWS_WITH(parse_training_details(bare, "d"), Contains("unknown key 'speed'"));
  const TrainingPrediction p{"nccl", training_step(8), "gpus", Seconds{1}, d.phases, true, "a datasheet"};
  Json json = to_json(p);
  CHECK(to_json(parse_training_prediction(json, "p")).dump() == json.dump());
  json["experiment"] = to_json(all_reduce(1_MiB, 2));
  CHECK_THROWS_WITH(parse_training_prediction(json, "p"), Contains("a training step"));
}
