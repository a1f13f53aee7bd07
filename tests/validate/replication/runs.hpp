#pragma once

#include <string>
#include <utility>
#include <vector>

#include "validate/replication/replication.hpp"

namespace ringtrue::testing {

/// A training step on `npus` NPUs with as many traces, in a serial chain: 1000 cycles of compute, `communication` all
/// exposed; reproduced.
inline ReplicatedRun step(const std::string& name, std::int64_t npus, std::uint64_t communication) {
  ReplicatedRun run;
  run.name = name;
  run.printed_in = "may";
  run.what = "net";
  run.npus = run.traces = npus;
  run.bandwidth_gib_per_s = 400;
  run.order = "serial_chain";
  run.result = {
      .total = 1000 + communication, .compute = 1000, .communication = communication, .exposed = communication};
  run.printed = run.result;
  return run;
}

/// The run that should have been.
inline ReplicatedRun correction(std::int64_t npus, std::uint64_t communication) {
  ReplicatedRun run = step("corrected", npus, communication);
  run.printed_in = "";
  run.printed = {};
  return run;
}

inline Replication replication_of(std::vector<ReplicatedRun> runs, std::vector<ReplicatedRun> corrections = {}) {
  return {.name = "survey",
          .source = "somewhere",
          .runs = std::move(runs),
          .not_runs = {},
          .corrected = "all",
          .corrections = std::move(corrections)};
}

}  // namespace ringtrue::testing
