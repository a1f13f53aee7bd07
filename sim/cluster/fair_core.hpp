#pragma once

#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// Who runs next on a core that several ranks share and yield, after Linux's EEVDF (kernel/sched/fair.c: pick_eevdf,
/// yield_task_fair), for ranks of equal weight that never sleep. Of the ranks that are not ahead of the average the one
/// with the earliest deadline runs; who yields goes to its deadline and gets a new one. Processes that did nothing but
/// yield took turns in a fixed round (traced on 6.18), as they do here.
class FairCore {
 public:
  explicit FairCore(std::vector<int> ranks);

  const std::vector<int>& ranks() const { return ranks_; }
  /// Index into ranks() of the one that runs next.
  std::size_t pick() const;
  /// The rank at `index` yields.
  void yield(std::size_t index);

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
