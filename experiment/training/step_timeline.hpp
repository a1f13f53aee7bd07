#pragma once

#include <vector>

#include "experiment/record/phases.hpp"

namespace ringtrue {

/// When a bucket's gradients were complete, and when their exchange began and ended.
struct BucketTimes {
  Seconds ready{}, start{}, end{};
  /// What the exchange took once the last rank had begun it; what is left of start to end is waiting for that rank.
  Seconds exchange{};
};

/// One rank's training step, measured or simulated, on the clock of the thread that computes. `backward` is all of the
/// pass, stretched where an exchanging thread takes part of the core, without what the computing thread itself
/// exchanges between layers (polling).
struct StepTimeline {
  Seconds forward{}, backward{}, update{}, step{};
  Seconds computed{};                ///< When the last layer's backward was over, counted from the step's start.
  std::vector<BucketTimes> buckets;  ///< Of the gradients, counted from the step's start; empty for one rank.
  Seconds gathers{};                 ///< All all_gathers, one after the other behind the update ...
  Seconds gather_exchange{};         ///< ... and what they took once the last rank had begun.
};

/// The phases of the step's record. `communication` is the sum over buckets of `exchange`, and the gathers' alike.
/// `waiting` is what the rank waits for others with nothing to compute: before an exchange, but behind backward. What
/// else the step takes beyond forward, backward and update is `exposed`. All three only if there are buckets.
Phases phases_of(const StepTimeline& timeline);

}  // namespace ringtrue
