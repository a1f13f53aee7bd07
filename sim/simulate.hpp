#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/suite.hpp"
#include "sim/calibrate.hpp"
#include "sim/platform.hpp"

namespace ringtrue {

/// One prediction of a platform for one experiment; several where the platform knows several machine states.
struct StatePrediction {
  std::string state;
  Prediction prediction;
};

/// Pure. Throws Error if the platform cannot say anything about the experiment (other ranks, other collectives).
std::vector<StatePrediction> simulate(const Experiment& experiment, const Platform& platform);

/// Simulates the scored rows of the suites on the platforms: one context and one record per scored experiment with a
/// schedule, platform, system and state.
RecordFile simulate_suites(const std::vector<Suite>& suites, const std::vector<PlatformFile>& files);

/// Adds to each record of a fitted platform the same prediction from `draws` refits on resampled launches.
void add_replicates(RecordFile& file, const Calibration& calibration, int draws, std::uint64_t seed);

/// Empty records for an external simulator to fill: the scored rows of the suite on one system.
std::string template_text(const Suite& suite, const std::string& system_id, const std::string& source);

}  // namespace ringtrue
