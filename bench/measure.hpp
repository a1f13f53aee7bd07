#pragma once

#include <string>
#include <vector>

#include "bench/mpi/mpi.hpp"

namespace ringtrue {

/// The command line of ringtrue-bench, parsed.
struct MeasureOptions {
  std::string suite;
  std::string out;
  std::string testbed = "host";
  std::string campaign;      ///< The suite's name if empty.
  std::string timeline;      ///< File for timelines; none if empty.
  std::string timeline_row;  ///< The experiment_key to record, every scored row of ours if empty.
  int launch = 0;
  bool resume = false;
  bool bind = true;
  std::string command;                       ///< As typed, for the context line.
  std::vector<std::string> benchmark_flags;  ///< --benchmark_*, passed on to Google Benchmark.
};

/// Measures the rows of one launch, records the timelines asked for, and appends them to `out`, each as soon as it is
/// known. Returns an ExitCode: 0 or 3 (a result was wrong; its row is void). Collective; throws Error.
int measure_launch(const MeasureOptions& options, const mpi::Communicator& world);

}  // namespace ringtrue
