#pragma once

#include <cstddef>
#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// When the iterations of a replay began on the first rank and ended on the last, and how full the links' token buckets
/// were then. The first one does not count.
class IterationTimes {
 public:
  /// `least`, `most`: how many count.
  IterationTimes(std::size_t least, std::size_t most) : least_(least), most_(most) {}

  /// Of iteration 0, 1, ... on some rank; `credit`: in all buckets together.
  void note_start(int iteration, SimTime now, SimTime credit);
  void note_end(int iteration, SimTime now);

  /// Requires that all iterations that began have ended: their median is known well enough, and no bucket runs out.
  bool enough() const;
  /// The median of those that count. Requires one that does.
  Seconds median_time() const;
  /// The buckets had less in them from one iteration to the next.
  bool drained_links() const;

 private:
  std::size_t counted() const;
  std::vector<double> counted_s() const;
  SimTime first_credit() const;
  /// From the first iteration that counts to the last.
  SimTime lost_credit() const;

  std::size_t least_, most_;
  std::vector<SimTime> first_starts_, last_ends_;
  std::vector<SimTime> credits_;  ///< At the first start of each iteration.
};

}  // namespace ringtrue
