#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "bench/mpi/placement.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// Lets the ranks begin an iteration together. A barrier alone does not: ranks leave it one after the other, and where
/// they share cores the first to leave works while others still wait for its core, so that a rank of another core may
/// idle for a whole time slice in what is timed. With a common clock ranks therefore agree on a moment, some `slack`
/// after the last has arrived, and wait for it (windows of SKaMPI; Hunold and Carpen-Amarie, IEEE TPDS 27(12), 2016;
/// here relative to the last arrival, so that a slow iteration makes no window too short). Without one, a barrier.
class CommonStart {
 public:
  /// Ranks that share a core give it away while they wait. Collective: finds out how much slack is needed.
  CommonStart(const mpi::Communicator& comm, const Place& place);

  bool common_clock() const { return common_clock_; }
  /// Between two iterations: `work`, if any, when all ranks have ended the one before. The first to end would take a
  /// shared core from those that are still being timed, even by asking whether they have ended: it first polls, as a
  /// rank that waits does, for as long as an iteration takes at least. Collective.
  void prepare(const std::function<void()>& work);
  /// How long an iteration takes at least, from first start to last end: zero until it is known. Equal on all ranks. Of
  /// one that is shorter all ranks wait for the rest of it, in which a link's token bucket fills, so that the next one
  /// is shorter still.
  void expect(Seconds least) { least_ = least; }
  /// Returns when it is time to begin. Collective.
  void wait();
  /// Since the last call: the iterations in which some rank learnt of the common start only after it; none without a
  /// common clock. Fits the slack to them. Collective.
  std::optional<int> take_late();
  /// The same in two halves, for who reduces something else as well: how much later than the last one's arrival this
  /// rank knew of it, wait for wait (as many on every rank, none without a common clock), and what is made of the
  /// longest over all ranks.
  const std::vector<double>& delays_s() const { return delays_s_; }
  int settle(std::vector<double> longest_s);

 private:
  void rest() const;

  const mpi::Communicator& comm_;
  bool common_clock_, shares_core_;
  Seconds slack_{}, begin_{}, least_{};
  std::vector<double> delays_s_;  ///< Since the last take_late or settle.
};

}  // namespace ringtrue
