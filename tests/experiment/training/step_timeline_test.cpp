#include "experiment/training/step_timeline.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;

// Backward is over at 3 s. Bucket 0's exchange waits from 2 to 2.25 s beside it; bucket 1's from 3 to 3.125 behind it;
// the gathers wait 0.0625 s.
TEST_CASE("communication is what exchanges take, exposed and waiting what the step takes beyond computing") {
  StepTimeline timeline{.forward = Seconds{1},
                        .backward = Seconds{2},
                        .update = Seconds{0.5},
                        .step = Seconds{5},
                        .computed = Seconds{3}};
  CHECK(phases_of(timeline).size() == 3);  // one rank exchanges nothing
  timeline.buckets = {{Seconds{1.5}, Seconds{2}, Seconds{3}, Seconds{0.75}},
                      {Seconds{3}, Seconds{3}, Seconds{3.5}, Seconds{0.375}}};
  timeline.gathers = Seconds{0.25};
  timeline.gather_exchange = Seconds{0.1875};
  const Phases phases = phases_of(timeline);
  CHECK(phases.at("communication").count() == Approx(0.75 + 0.375 + 0.1875));
  CHECK(phases.at("waiting").count() == Approx(0.125 + 0.0625));
  CHECK(phases.at("exposed").count() == Approx(5 - 3.5 - 0.1875));
  CHECK(phases.at("bucket/0/ready") == Seconds{1.5});
  CHECK(phases.at("bucket/1/end") == Seconds{3.5});
  timeline.step = Seconds{3};  // the sum of its parts' clocks may be above the step's by a tick
  CHECK(phases_of(timeline).at("exposed") == Seconds{0});
}
