#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/calibrate.hpp"
#include "sim/cluster/polling/fit_polling.hpp"

namespace ringtrue {

inline const Exchange* as_exchange(const CalibrationRow& row) {
  return std::get_if<Exchange>(&row.experiment.workload);
}

/// Turns (cores shared) or latencies (cores of one's own) that the experiment takes when messages cost nothing: the
/// coefficient of ClusterScale::turn in its time. 0 for local subjects.
double free_turns(const Experiment& experiment, const System& system, Bytes eager_limit);
/// How much of what a rank of an exchange receives into, 0 to 1, other cores have read. 0 for all other subjects.
double read_by_others(const Experiment& experiment, const System& system, Bytes eager_limit);

/// How a subject of `repetitions` chunks is cut: pieces in all, and the size of the largest.
struct Pieces {
  Bytes message;
  double count = 0;
};

/// A chunk is `buffer` / `ranks`, cut into pieces of at most `segment`.
Pieces pieces_of(Bytes buffer, int ranks, int repetitions, Bytes segment);

/// Fits the machines of one system from a calibration, on the launches of `draw`.
class SystemFit {
 public:
  SystemFit(const Calibration& calibration, std::string system_id, const LaunchDraw& draw);

  /// One scale per number of ranks and machine state; of one rank from its layer profiles alone. Where hosts share
  /// cores, what messages and turns cost is still missing: fit_clusters() fits it on all systems together. Throws Error
  /// naming the subject that is missing.
  ClusterPlatform cluster(std::optional<Mechanism> without = {}) const;
  /// The messages that were measured at the number of ranks and in the state of `scale`, of this system.
  PollingScale polling_scale(const ClusterPlatform& platform, ClusterScale& scale) const;
  /// From the widest ping-pong at `ranks`, or else at the fewest; nothing without ping-pongs of two sizes.
  std::optional<AlphaBetaRing> alpha_beta(std::optional<int> ranks = {}) const;
  /// The link of alpha_beta(ranks), and the memory bandwidth of the largest local reduction at as many ranks.
  std::optional<AstraRing> astra(int ranks) const;
  std::set<int> scales() const;                 ///< Numbers of ranks that were calibrated.
  std::optional<BandwidthBound> bound() const;  ///< Nothing without exchanges.

  struct Timed {
    Seconds time{};
    bool pooled = false;
  };
  /// The median over the launches drawn that met the machine in `state` (empty: any); of all, `pooled`, if none did.
  Timed time_of(const CalibrationRow& row, const std::string& state) const;

 private:
  using Value = std::function<Seconds(const CalibrationRow::Sample&)>;
  Timed time_of(const CalibrationRow& row, const std::string& state, const Value& value) const;
  std::vector<const CalibrationRow*> rows_at(int ranks) const;
  ClusterScale scale(const ClusterPlatform& platform, int ranks, const std::string& state) const;
  Seconds own_time_of(const CalibrationRow& row, const std::string& state) const;
  void fit_local(ClusterScale& scale) const;
  void fit_profiles(ClusterScale& scale) const;
  void fit_busy(ClusterScale& scale) const;
  BusyPoint busy_of(const CalibrationRow& busy, const CalibrationRow& alone, ClusterScale& scale) const;
  ComputeProfile profile_of(const CalibrationRow& row, ClusterScale& scale) const;
  Seconds spread_of(const CalibrationRow& row, const std::string& state) const;
  void fit_turn(const ClusterPlatform& platform, ClusterScale& scale) const;
  bool tells_costs(const CalibrationRow& row, const ClusterPlatform& platform) const;
  void fit_messages(const ClusterPlatform& platform, ClusterScale& scale) const;
  void fit_local_costs(ClusterScale& scale) const;
  bool crosses_cores(const CalibrationRow& row) const;
  void require_equally_cold(int ranks) const;

  const Calibration& calibration_;
  std::string system_id_;
  System system_;
  LinkLimit link_;
  Bytes eager_limit_;
  const LaunchDraw& draw_;
};

/// Gives scales that lack the profile of a model and batch that of one rank of the same test bed, times the ranks that
/// share a core.
void share_one_rank_profiles(std::map<std::string, ClusterPlatform>& clusters);

/// The cluster machines of all systems of a calibration, by system_id; those that have the mechanism to be left out.
/// Throws Error naming the subject that is missing.
std::map<std::string, ClusterPlatform> fit_clusters(const Calibration& calibration, const LaunchDraw& draw = {},
                                                    std::optional<Mechanism> without = {},
                                                    ReplayCache* replays = nullptr);

}  // namespace ringtrue
