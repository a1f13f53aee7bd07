#pragma once

#include <string>
#include <vector>

namespace ringtrue {

/// The command line of ringtrue-sim timeline, parsed.
struct TimelineRequest {
  std::string platform;
  std::string out;
  std::string beside;  ///< A measured timeline file; its experiments are replayed.
  std::string suite;   ///< Instead of it: whose experiments are replayed.
  std::string row;     ///< experiment_key of the one to take; all if empty.
  std::string state;   ///< fast or slow; see ReplayOn.
};

/// Replays the experiments asked for and writes their timelines, each after the measured one it belongs to, to `out`.
/// Returns what to print: the comparison with what was measured, and what was written. Throws Error.
std::string write_timelines(const TimelineRequest& request);

}  // namespace ringtrue
