#pragma once

#include <chrono>

#include "experiment/units.hpp"

namespace ringtrue {

/// CLOCK_MONOTONIC: one clock for all processes of a kernel. (Open MPI 4's MPI_Wtime subtracts a start time of each
/// process: two ranks of one host were 1.7 ms apart.)
inline Seconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace ringtrue
