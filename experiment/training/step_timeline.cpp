#include "experiment/training/step_timeline.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "experiment/training/step_metrics.hpp"

namespace ringtrue {

Phases phases_of(const StepTimeline& timeline) {
  Phases phases{{"forward", timeline.forward}, {"backward", timeline.backward}, {"update", timeline.update}};
  if (timeline.buckets.empty()) return phases;
  const Seconds beyond_computing = timeline.step - compute_of(phases);
  Seconds communication = timeline.gather_exchange;
  Seconds waiting = timeline.gathers - timeline.gather_exchange;
  for (std::size_t i = 0; i < timeline.buckets.size(); ++i) {
    const BucketTimes& bucket = timeline.buckets[i];
    communication += bucket.exchange;
    waiting += std::max(Seconds{0}, bucket.end - bucket.exchange - std::max(bucket.start, timeline.computed));
    phases[fmt::format("bucket/{}/ready", i)] = bucket.ready;
    phases[fmt::format("bucket/{}/start", i)] = bucket.start;
    phases[fmt::format("bucket/{}/end", i)] = bucket.end;
  }
  phases["communication"] = communication;
  phases["waiting"] = waiting;
  phases["exposed"] = std::max(Seconds{0}, beyond_computing - waiting);
  return phases;
}

}  // namespace ringtrue
