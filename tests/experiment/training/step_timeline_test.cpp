#include "experiment/training/step_timeline.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;

TEST_CASE("communication is what buckets and gathers take, exposed what the step takes beyond computing") {
  StepTimeline timeline{.forward = Seconds{1}, .backward = Seconds{2}, .update = Seconds{0.5}, .step = Seconds{5}};
  CHECK(phases_of(timeline).size() == 3);  // one rank exchanges nothing
  timeline.buckets = {{Seconds{1.5}, Seconds{2}, Seconds{3}}, {Seconds{3}, Seconds{3}, Seconds{3.5}}};
  timeline.gathers = Seconds{0.25};
  const Phases phases = phases_of(timeline);
  CHECK(phases.at("communication").count() == Approx(1 + 0.5 + 0.25));
  CHECK(phases.at("exposed").count() == Approx(5 - 3.5));
  CHECK(phases.at("bucket/0/ready") == Seconds{1.5});
  CHECK(phases.at("bucket/1/end") == Seconds{3.5});
  timeline.step = Seconds{3};  // the sum of its parts' clocks may be above the step's by a tick
  CHECK(phases_of(timeline).at("exposed") == Seconds{0});
}
