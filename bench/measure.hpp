#pragma once

#include <string>
#include <vector>

#include "bench/heartbeat.hpp"
#include "bench/mpi/mpi.hpp"
#include "bench/mpi/placement.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// The command line of ringtrue-bench, parsed.
struct MeasureOptions {
  std::string suite;
  std::string out;
  PlaceOptions place;
  std::string campaign;      ///< The suite's name if empty.
  std::string timeline;      ///< File for timelines; none if empty.
  std::string timeline_row;  ///< The experiment_key to record, every scored row of ours if empty.
  std::string step_trace;    ///< File for the last step of each training row; none if empty.
  int launch = 0;
  bool resume = false;
  Seconds hang_limit{120};                   ///< See Watchdog; 0: none.
  std::string command;                       ///< As typed, for the context line.
  std::vector<std::string> benchmark_flags;  ///< --benchmark_*, passed on to Google Benchmark.
};

/// Measures the rows of one launch, records the timelines asked for, and appends them to `out`, each as soon as it is
/// known. Returns an ExitCode: 0 or 3 (a result was wrong; its row is void). `heartbeat` follows where this rank is.
/// Collective; throws Error.
int measure_launch(const MeasureOptions& options, const mpi::Communicator& world, Heartbeat& heartbeat);

}  // namespace ringtrue
