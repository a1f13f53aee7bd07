#include "experiment/training/step_timeline.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "experiment/training/step_metrics.hpp"

namespace ringtrue {

Phases phases_of(const StepTimeline& timeline) {
  Phases phases{{"forward", timeline.forward}, {"backward", timeline.backward}, {"update", timeline.update}};
  if (timeline.buckets.empty()) return phases;
  const Seconds exposed = std::max(Seconds{0}, timeline.step - compute_of(phases));
  Seconds communication = timeline.gathers;
  for (std::size_t i = 0; i < timeline.buckets.size(); ++i) {
    const BucketTimes& bucket = timeline.buckets[i];
    communication += bucket.end - bucket.start;
    phases[fmt::format("bucket/{}/ready", i)] = bucket.ready;
    phases[fmt::format("bucket/{}/start", i)] = bucket.start;
    phases[fmt::format("bucket/{}/end", i)] = bucket.end;
  }
  phases["communication"] = communication;
  phases["exposed"] = exposed;
  return phases;
}

}  // namespace ringtrue
