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

/// Pure. `models` describe what training steps train; `system_id` is one that the platform stands for, empty for the
/// first it describes. Empty if the platform's model does not know the collective, the
/// algorithm, the number of ranks or what a training step computes. Throws Error if nothing simulates the experiment,
/// or a cluster was not calibrated for what it trains.
std::vector<StatePrediction> simulate(const Experiment& experiment, const Platform& platform, const Models& models = {},
                                      const std::string& system_id = "");

/// The scored and shown rows of a suite with an algorithm of ours, collectives and training steps: what is simulated of
/// it, in its order. What is only shown is simulated as well, to stand beside the measurement.
std::vector<Experiment> simulated_experiments(const Suite& suite);

/// Simulates the scored and shown rows of the suites on the platforms: one context and one record per experiment with a
/// schedule of ours, platform that knows it, system and state.
RecordFile simulate_suites(const std::vector<Suite>& suites, const std::vector<PlatformFile>& files);

/// Where a platform says anything about a reference: the experiment simulated on its system. Empty if the platform does
/// not stand for the system, or its model does not know the experiment.
std::vector<Record> simulate_reference(const Record& reference, const Platform& platform);

/// What simulated files say of the platforms they are from: names, hashes, model kinds, what they were fitted on.
Json platforms_context(const std::vector<PlatformFile>& files);

/// How often a calibration is refitted on resampled launches, and from what they are drawn.
struct Resampling {
  int draws = 100;
  std::uint64_t seed = 1;
};

/// Adds to each record of a fitted platform the same prediction from refits on resampled launches. `suites`: those the
/// file was simulated for.
void add_replicates(RecordFile& file, const std::vector<Suite>& suites, const Calibration& calibration,
                    Resampling resampling);

}  // namespace ringtrue
