#pragma once

#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// Who runs next on a core that several ranks share and yield: Linux's EEVDF (kernel/sched/fair.c: pick_eevdf,
/// update_deadline), for ranks of equal weight that never sleep. Of the ranks that are not ahead of the average
/// (eligible) the one with the earliest deadline runs; who has used up its slice gets a new deadline. A yield only asks
/// who that is, which may be the same rank again. So a rank that worked waits until the others have had as much, and
/// the number of turns depends on what is done in them. Traced on Linux 6.18.44 with 8 ranks and a ping-pong of two of
/// them: 23 to 27 ms of 208 ms each, in 455 to 781 turns; after one had kept the core for 5.3 ms, the others had turns
/// of up to 1.4 ms by deadline until they were even.
class FairCore {
 public:
  /// Not `fair`: turns go round, whatever was done in them.
  explicit FairCore(std::vector<int> ranks, bool fair = true);

  const std::vector<int>& ranks() const { return ranks_; }
  /// Index into ranks() of the one that runs next.
  std::size_t pick() const;
  /// The rank at `index` has run for `time` and yields.
  void yield(std::size_t index, SimTime time);
  /// The rank at `index`, picked, runs for `time` and yields, again and again as long as it would be picked again,
  /// which may be more often than this finds; returns how often, at least once and at most `most` times. Requires
  /// time > 0.
  std::int64_t yield_repeatedly(std::size_t index, SimTime time, std::int64_t most);
  /// For `time` all have done nothing but yield, in so many turns: the core was theirs, those that were behind first.
  void idle(SimTime time, std::int64_t turns);

 private:
  struct Share {
    SimTime virtual_time{}, deadline{};
  };
  void advance(Share& share, SimTime time);
  /// How often another has to run for `time` until this one is eligible.
  std::int64_t turns_until_eligible(const Share& share, SimTime time) const;

  std::vector<int> ranks_;
  bool fair_;
  std::size_t next_ = 0;  ///< Whose turn comes, if not fair.
  std::vector<Share> shares_;
  SimTime sum_{};                ///< Of all virtual times.
  std::vector<SimTime> levels_;  ///< Room for them in ascending order.
};

}  // namespace ringtrue
