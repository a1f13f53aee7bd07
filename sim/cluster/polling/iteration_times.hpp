#pragma once

#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// When the iterations of a replay began on the first rank and ended on the last, and how full the links' token buckets
/// were then. The first `settling` do not count.
class IterationTimes {
 public:
  IterationTimes(int settling, int counted);
  int iterations() const { return static_cast<int>(first_starts_.size()); }

  /// Of iteration 0, 1, ... on some rank, in ascending `now`; `credit`: in all buckets together.
  void note_start(int iteration, SimTime now, SimTime credit);
  void note_end(int iteration, SimTime now);

  /// The median of those that count. Requires that all have ended.
  Seconds median_time() const;
  /// The buckets had less in them from one iteration to the next.
  bool drained_links() const { return credits_.front() - credits_.back() > credits_.front() / 100; }

 private:
  int settling_;
  std::vector<SimTime> first_starts_, last_ends_;
  std::vector<SimTime> credits_;  ///< At the first start of each iteration that counts.
};

}  // namespace ringtrue
