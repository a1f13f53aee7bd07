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

/// Pure. Empty if the platform's model does not know the collective, the algorithm or the number of ranks. Throws Error
/// if nothing simulates the experiment.
std::vector<StatePrediction> simulate(const Experiment& experiment, const Platform& platform);

/// The scored and shown rows of a suite with an algorithm of ours: what is simulated of it, in its order.
std::vector<Experiment> simulated_experiments(const Suite& suite);

/// Simulates the scored and shown rows of the suites on the platforms: one context and one record per experiment with a
/// schedule of ours, platform that knows it, system and state.
RecordFile simulate_suites(const std::vector<Suite>& suites, const std::vector<PlatformFile>& files);

/// Adds to each record of a fitted platform the same prediction from `draws` refits on resampled launches.
void add_replicates(RecordFile& file, const Calibration& calibration, int draws, std::uint64_t seed);

/// Empty records for an external simulator to fill: the scored rows of the suite on one system.
std::string template_text(const Suite& suite, const std::string& system_id, const std::string& source);

}  // namespace ringtrue
