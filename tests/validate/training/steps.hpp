#pragma once

#include <string>
#include <vector>

#include "tests/validate/campaign.hpp"

namespace ringtrue::testing {

inline Experiment training_step(int ranks, Overlap overlap = Overlap::none, Bucketing buckets = {}, int batch = 1) {
  TrainingStep step;
  step.model = "net";
  step.gradients = 4_MiB;
  step.batch = batch;
  step.buckets = buckets;
  step.segmentation = Segmentation{1_MiB, 2};
  step.overlap = overlap;
  return {step, ranks};
}

/// `exposed_s` of the step's time, a fifth of the rest forward, the other four fifths backward.
inline Phases simple_phases(double time_s, double exposed_s) {
  return {{"forward", Seconds{(time_s - exposed_s) / 5}},
          {"backward", Seconds{(time_s - exposed_s) * 4 / 5}},
          {"update", Seconds{0}},
          {"communication", Seconds{2 * exposed_s}},
          {"exposed", Seconds{exposed_s}}};
}

inline Record measured_training(const Experiment& experiment, int launch, double time_s, double exposed_s) {
  Record record = measured(experiment, launch, time_s);
  std::get<Measurement>(record.result).phases = simple_phases(time_s, exposed_s);
  return record;
}

inline Record simulated_training(const Experiment& experiment, double time_s, double exposed_s,
                                 const std::string& state = "", const std::string& model = "cluster") {
  Record record = simulated(experiment, time_s, state, model);
  std::get<Simulation>(record.result).phases = simple_phases(time_s, exposed_s);
  return record;
}

/// campaign(1.1) beside six launches of one training step of two ranks: 1 s, 0.2 s of it exposed, predicted 5 % slow.
inline Inputs mixed_campaign() {
  Inputs inputs = campaign(1.1);
  for (int launch = 0; launch < 6; ++launch)
    inputs.measured[0].records.push_back(measured_training(training_step(2), launch, 1, 0.2));
  inputs.simulated[0].records.push_back(simulated_training(training_step(2), 1.05, 0.25));
  inputs.budgets->budgets.push_back(
      {.model = "cluster", .testbed = "host", .ranks = 2, .log_error = 0.08, .regime = Regime::training});
  return inputs;
}

}  // namespace ringtrue::testing
