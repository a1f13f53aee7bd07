#pragma once

#include <string>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "bench/mpi/placement.hpp"

namespace ringtrue {

/// The command line of ringtrue-bench, parsed.
struct MeasureOptions {
  std::string suite;
  std::string out;
  PlaceOptions place;
  std::string campaign;  ///< The suite's name if empty.
  int launch = 0;
  bool resume = false;
  std::string command;                       ///< As typed, for the context line.
  std::vector<std::string> benchmark_flags;  ///< --benchmark_*, passed on to Google Benchmark.
};

/// Measures the rows of one launch and appends them to `out`, each as soon as it is known. Returns an ExitCode: 0 or 3
/// (a result was wrong; its row is void). Collective; throws Error.
int measure_launch(const MeasureOptions& options, const mpi::Communicator& world);

}  // namespace ringtrue
