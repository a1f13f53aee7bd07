#pragma once

#include <span>
#include <vector>

#include "experiment/suite.hpp"
#include "sim/calibrate.hpp"

namespace ringtrue {

/// The cluster model without one mechanism after the other, each refitted on the same calibration and simulating the
/// same suites, training steps left out: records of models `cluster without MECHANISM`, for each mechanism that some
/// system has. Throws Error as fit() and simulate_suites() do.
RecordFile ablate(const Calibration& calibration, const std::vector<Suite>& suites);

}  // namespace ringtrue
