#include "sim/cluster/polling/iteration_times.hpp"

#include <algorithm>
#include <utility>

#include "experiment/record/summary.hpp"

namespace ringtrue {

IterationTimes::IterationTimes(int settling, int counted)
    : settling_(settling),
      first_starts_(static_cast<std::size_t>(settling + counted), SimTime::max()),
      last_ends_(first_starts_.size(), SimTime{0}) {}

void IterationTimes::note_start(int iteration, SimTime now, SimTime credit) {
  if (iteration >= settling_ && std::cmp_equal(credits_.size(), iteration - settling_)) credits_.push_back(credit);
  SimTime& first = first_starts_[static_cast<std::size_t>(iteration)];
  first = std::min(first, now);
}

void IterationTimes::note_end(int iteration, SimTime now) {
  SimTime& last = last_ends_[static_cast<std::size_t>(iteration)];
  last = std::max(last, now);
}

Seconds IterationTimes::median_time() const {
  std::vector<double> times_s;
  for (auto i = static_cast<std::size_t>(settling_); i < last_ends_.size(); ++i)
    times_s.push_back(to_seconds(last_ends_[i] - first_starts_[i]).count());
  return Seconds{median(times_s)};
}

}  // namespace ringtrue
