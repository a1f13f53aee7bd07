#pragma once

#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// Who runs next on a core that several ranks share and yield: Linux's EEVDF (kernel/sched/fair.c: pick_eevdf,
/// yield_task_fair), for ranks of equal weight that never sleep. Of the ranks that have run no longer than the average
/// (eligible) it is the one with the earliest deadline, and each yield moves the deadline by one slice: the one that
/// yielded least often. So ranks that only yield take turns in a fixed round, and a rank that worked waits until the
/// others have had as much of the core: traced with 16 ranks, each had a sixteenth of it whatever it did.
class FairCore {
 public:
  explicit FairCore(std::vector<int> ranks);

  const std::vector<int>& ranks() const { return ranks_; }
  /// Index into ranks() of the one that runs next.
  std::size_t pick() const;
  /// The rank at `index` has run for `time` and yields.
  void yield(std::size_t index, SimTime time);
  /// For `time` all have taken turns of length `turn`, those that had run least first. Requires turn > 0.
  void idle(SimTime time, SimTime turn);

 private:
  bool eligible(std::size_t index) const;

  struct Share {
    SimTime run{};            ///< How long it has run.
    std::int64_t yields = 0;  ///< Its deadline, in slices.
  };
  std::vector<int> ranks_;
  std::vector<Share> shares_;
  SimTime sum_{};  ///< Of all that ran.
};

}  // namespace ringtrue
