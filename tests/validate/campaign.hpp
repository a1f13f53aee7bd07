#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "experiment/record/record_file.hpp"
#include "validate/compare.hpp"

namespace ringtrue::testing {

inline const std::string host = "host.h1.c2.block.sm";

inline Experiment all_reduce(Bytes bytes, int ranks, Algorithm algorithm = Algorithm::ring) {
  CollectiveRun run;
  run.algorithm = algorithm;
  run.bytes = bytes;
  run.dtype = DataType::float32;
  run.op = ReduceOp::sum;
  run.in_place = true;
  return {.workload = run, .ranks = ranks};
}

/// A verified scored row of one launch on the host, in the fast state of a machine that has only one.
inline Record measured(const Experiment& experiment, int launch, double time_s, double canary_s = 1e-7) {
  const Seconds t{time_s};
  Measurement m;
  m.time = {.n = 10, .min = t, .q1 = t, .median = t, .q3 = t, .max = t};
  m.local_max_median = t;
  m.canary = {.before = Seconds{canary_s}, .after = Seconds{canary_s}};
  m.verified = true;
  return {.experiment = experiment,
          .system_id = host,
          .source = "ringtrue-bench test",
          .campaign = "test",
          .launch = launch,
          .result = m};
}

inline Record simulated(const Experiment& experiment, double time_s, const std::string& state = "",
                        const std::string& model = "cluster") {
  Simulation s;
  s.time = Seconds{time_s};
  s.state = state;
  return {.experiment = experiment, .system_id = host, .source = model, .campaign = "", .launch = 0, .result = s};
}

inline RecordFile file_of(const std::string& name, std::vector<Record> records, Json context = Json::object()) {
  RecordFile file;
  file.name = name;
  file.hash = "0";
  file.contexts.push_back(std::move(context));
  file.records = std::move(records);
  return file;
}

inline const std::vector<Bytes> sizes{4_KiB, 64_KiB, 1_MiB, 4_MiB, 16_MiB};

/// Seconds of a row; 1 us + bytes at 1 GB/s.
inline double time_of_size(Bytes bytes) { return 1e-6 + static_cast<double>(bytes.count) * 1e-9; }

/// Six launches of five sizes at two ranks, launch l slower by l per mille; a model off by `factor` in every row.
inline Inputs campaign(double factor, double budget = 0.15) {
  Inputs inputs;
  std::vector<Record> rows;
  std::vector<Record> predictions;
  for (const Bytes bytes : sizes) {
    const Experiment experiment = all_reduce(bytes, 2);
    predictions.push_back(simulated(experiment, factor * time_of_size(bytes)));
    for (int launch = 0; launch < 6; ++launch)
      rows.push_back(measured(experiment, launch, time_of_size(bytes) * (1 + 0.001 * launch)));
  }
  inputs.measured.push_back(file_of("measured.jsonl", std::move(rows), Json{{"launch", 0}}));
  inputs.simulated.push_back(file_of("simulated.jsonl", std::move(predictions)));
  Budgets budgets;
  budgets.budgets.push_back({.model = "cluster", .testbed = "host", .ranks = 2, .log_error = budget});
  inputs.budgets = budgets;
  return inputs;
}

}  // namespace ringtrue::testing
