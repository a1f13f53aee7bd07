#pragma once

#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// Who runs next on a core that several ranks share and yield: Linux's EEVDF as of 6.18 (kernel/sched/fair.c:
/// pick_eevdf, yield_task_fair, update_deadline), for ranks of equal weight that never sleep. Of the ranks that are not
/// ahead of the average (eligible) the one with the earliest deadline runs. Who yields and is still eligible goes to
/// its deadline and gets a new one; who yields while ahead keeps its own. So a rank that worked waits for the others,
/// and the number of turns depends on what is done in them: traced with 16 ranks, they had 100 to 1,900 each.
class FairCore {
 public:
  /// Not `fair`: turns go round, whatever was done in them.
  explicit FairCore(std::vector<int> ranks, bool fair = true);

  const std::vector<int>& ranks() const { return ranks_; }
  /// Index into ranks() of the one that runs next.
  std::size_t pick() const;
  /// The rank at `index` has run for `time` and yields.
  void yield(std::size_t index, SimTime time);
  /// For `time` all have done nothing but yield, in so many turns: the core was theirs, those that were behind first.
  void idle(SimTime time, std::int64_t turns);

 private:
  struct Share {
    SimTime virtual_time{}, deadline{};
  };
  bool eligible(const Share& share) const;
  void advance(Share& share, SimTime time);

  std::vector<int> ranks_;
  bool fair_;
  std::size_t next_ = 0;  ///< Whose turn comes, if not fair.
  std::vector<Share> shares_;
  SimTime sum_{};  ///< Of all virtual times.
};

}  // namespace ringtrue
