#pragma once

#include <span>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// What a rank's computing thread did, or, `exchanging`, what went on beside it; on one clock for all ranks.
struct StepSpan {
  std::string name;  ///< `forward LAYER`, `backward LAYER`, `update`, `bucket I` ...
  bool exchanging = false;
  Seconds begin{}, end{};
  bool operator==(const StepSpan&) const = default;
};

/// One training step of all ranks; `ranks[r]` are rank r's spans in the order in which they began.
struct StepTrace {
  Experiment experiment;
  std::string system_id;
  std::string source;
  std::vector<std::vector<StepSpan>> ranks;
};

/// One document in the Chrome trace event format, which https://ui.perfetto.dev opens: a process per rank and trace
/// with two threads, computing and exchanging. Times count from the first span of each trace. Throws Error if there is
/// no trace.
std::string step_trace_text(std::span<const StepTrace> traces);

}  // namespace ringtrue
