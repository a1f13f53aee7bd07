#include "experiment/training/step_metrics.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace ringtrue;

TEST_CASE("what is derived from the parts of a step") {
  // 1 s, 0.2 s exposed: compute 0.8 s, communication 0.4 s, half of it hidden.
  const Phases phases{{"forward", Seconds{0.2}},
                      {"backward", Seconds{0.5}},
                      {"update", Seconds{0.1}},
                      {"communication", Seconds{0.4}},
                      {"exposed", Seconds{0.2}}};
  CHECK(compute_of(phases).count() == Approx(0.8));
  CHECK(overlap_fraction(phases).value() == Approx(0.5));
  CHECK(overhead_of(phases, Seconds{1}) == Approx(0.2));
  CHECK_FALSE(overlap_fraction({{"exposed", Seconds{1}}}).has_value());
  CHECK(part_of(phases, "compute")->count() == Approx(0.8));
  CHECK(part_of(phases, "exposed") == Seconds{0.2});
  CHECK_FALSE(part_of(phases, "bucket/0/end").has_value());
  CHECK_FALSE(part_of({{"forward", Seconds{1}}}, "compute").has_value());
  TrainingStep step;
  step.batch = 8;
  CHECK(images_per_second(step, 4, Seconds{2}) == Approx(16));  // 8 x 4 / 2
  CHECK(scaling_efficiency(16, 4, 10, 2) == Approx(0.8));       // 4 a rank against 5
}

TEST_CASE("each phase's median is over those that have it") {
  const std::vector<Phases> all{
      {{"forward", Seconds{1}}}, {{"forward", Seconds{5}}, {"exposed", Seconds{7}}}, {{"forward", Seconds{2}}}};
  CHECK(median_phases(all) == Phases{{"exposed", Seconds{7}}, {"forward", Seconds{2}}});
}
