#include "bench/step_traces.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/json.hpp"

namespace ringtrue {

StepTraces::StepTraces(std::string file, std::string system_id, std::string source)
    : file_(std::move(file)), system_id_(std::move(system_id)), source_(std::move(source)) {
  const std::filesystem::path folder = std::filesystem::absolute(file_).parent_path();
  if (!std::filesystem::is_directory(folder))
    throw Error(fmt::format("--step-trace {}: there is no folder {}; make it first", file_, folder.string()));
}

/// Every rank's spans have the same names, so only their times travel.
void StepTraces::add(const Experiment& experiment, const Subject& subject, const mpi::Communicator& comm) {
  const std::vector<StepSpan> own = subject.spans();
  std::vector<double> times_s;
  for (const StepSpan& span : own) {
    times_s.push_back(span.begin.count());
    times_s.push_back(span.end.count());
  }
  const std::vector<std::vector<double>> gathered = mpi::gather_values(times_s, comm);
  if (comm.rank() != 0) return;
  StepTrace trace{.experiment = experiment, .system_id = system_id_, .source = source_, .ranks = {}};
  for (const std::vector<double>& times : gathered) {
    std::vector<StepSpan> spans = own;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      spans[i].begin = Seconds{times.at(2 * i)};
      spans[i].end = Seconds{times.at(2 * i + 1)};
    }
    trace.ranks.push_back(std::move(spans));
  }
  traces_.push_back(std::move(trace));
}

void StepTraces::write() const {
  write_text_file(file_, step_trace_text(traces_));
  fmt::print(stderr, "ringtrue-bench: {}: the last step of {} rows; open it in https://ui.perfetto.dev\n", file_,
             traces_.size());
}

}  // namespace ringtrue
