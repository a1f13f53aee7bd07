#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/canary.hpp"
#include "bench/heartbeat.hpp"
#include "bench/mpi/common_start.hpp"
#include "bench/mpi/mpi.hpp"
#include "bench/mpi/placement.hpp"
#include "bench/subject/subject.hpp"
#include "experiment/timeline/timeline.hpp"

namespace ringtrue {

/// Runs more iterations of a row, as sampling does, with the clock read around every operation, and keeps the one with
/// the median makespan. On rank 0 the timeline of all ranks, without system, source, plain median and canary; nothing
/// on the others. Requires a subject with run_recorded. Collective.
std::optional<Timeline> record_timeline(const Experiment& experiment, const Subject& subject, CommonStart& start,
                                        Heartbeat& heartbeat, const mpi::Communicator& comm);

/// The timelines of one launch, recorded beside its records. All ranks make the same calls.
class TimelineRecorder {
 public:
  /// Timelines of the row named `key`, or of every scored row of ours (timeline_rows), go to `file`. Throws Error if
  /// there is no such row, or no folder for the file.
  TimelineRecorder(std::string file, const std::string& key, const std::vector<SuiteRow>& rows, const Place& place);

  /// Runs and records what was just measured with `start`, if its timeline was asked for and the file does not grow too
  /// large by it, which rank 0 says. Collective.
  void record(const Record& measured, const Communicators& comms, CommonStart& start, CanaryProbe& canary,
              Heartbeat& heartbeat);
  /// On rank 0, writes the file and says where. Throws Error if nothing was recorded.
  void write() const;

 private:
  bool fits(const Experiment& experiment, bool says_why);

  std::string file_;
  std::set<std::string> keys_;
  Place place_;
  std::size_t recorded_ = 0, lines_ = 0;  ///< Timelines so far, and their ranks and phases. Equal on all ranks.
  std::vector<Timeline> timelines_;       ///< On rank 0.
};

}  // namespace ringtrue
