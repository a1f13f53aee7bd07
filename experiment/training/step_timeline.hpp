#pragma once

#include <vector>

#include "experiment/record/phases.hpp"

namespace ringtrue {

/// When a bucket's gradients were complete, and when their exchange began and ended.
struct BucketTimes {
  Seconds ready{}, start{}, end{};
};

/// One rank's training step, measured or simulated, on the clock of the thread that computes. `backward` is the sum of
/// its layers' times, each from its start to its end: stretched where an exchanging thread takes part of the core,
/// without what the computing thread itself exchanges between layers (polling).
struct StepTimeline {
  Seconds forward{}, backward{}, update{}, step{};
  std::vector<BucketTimes> buckets;  ///< Of the gradients, counted from the step's start; empty for one rank.
  Seconds gathers{};                 ///< All all_gathers, one after the other behind the update.
};

/// The phases of the step's record. `communication` is the sum over buckets of start to end, and the gathers; what the
/// step takes beyond forward, backward and update is `exposed`. Both only if there are buckets.
Phases phases_of(const StepTimeline& timeline);

}  // namespace ringtrue
