#pragma once

#include <cstdint>
#include <vector>

#include "bench/mpi/placement.hpp"
#include "bench/row/sampling.hpp"

namespace ringtrue {

/// One repetition of a row, measured.
struct Trial {
  Samples samples;
  WarmUp warm_up;
  WallTime wall;
  Canary canary;
  std::int64_t wrong = 0;  ///< Elements over all ranks; if there are any, nothing was timed.
};

/// A row's repetitions together; the canaries stand around the last. Requires at least one.
Measurement measurement_of(const SuiteRow& row, const std::vector<Trial>& trials, const Place& place);

}  // namespace ringtrue
