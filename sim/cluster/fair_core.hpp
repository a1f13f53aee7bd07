#pragma once

#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// Who runs next on a core that several ranks share and yield: Linux's EEVDF as of 6.18 (kernel/sched/fair.c:
/// pick_eevdf, yield_task_fair, update_deadline), for ranks of equal weight that never sleep. Of the ranks that are not
/// ahead of the average (eligible) the one with the earliest deadline runs. Who yields and is eligible goes to its
/// deadline and gets a new one; who yields while ahead of the average keeps its own. So the order is not a fixed round:
/// it depends on who worked how long.
class FairCore {
 public:
  explicit FairCore(std::vector<int> ranks);

  const std::vector<int>& ranks() const { return ranks_; }
  /// Index into ranks() of the one that runs next.
  std::size_t pick() const;
  /// The rank at `index` has run for `time` and yields.
  void yield(std::size_t index, SimTime time);

 private:
  bool eligible(std::size_t index) const;

  struct Share {
    std::int64_t virtual_time = 0, deadline = 0;
  };
  std::vector<int> ranks_;
  std::vector<Share> shares_;
  std::int64_t sum_ = 0;  ///< Of all virtual times.
};

}  // namespace ringtrue
