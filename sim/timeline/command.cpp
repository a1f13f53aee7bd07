#include "sim/timeline/command.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"
#include "experiment/suite.hpp"
#include "experiment/timeline/timeline_file.hpp"
#include "sim/timeline/phase_table.hpp"
#include "sim/timeline/simulate_timeline.hpp"

namespace ringtrue {
namespace {

struct Output {
  std::vector<Timeline> timelines;
  std::string tables;
  std::size_t lines = 0;  ///< See timeline_lines.
};

/// The measured timelines of the file that the row names. Simulated ones in it are replaced by new ones.
std::vector<Timeline> read_measured(const TimelineRequest& request) {
  std::vector<Timeline> timelines = read_timeline_file(request.beside);
  std::erase_if(timelines, [](const Timeline& timeline) { return !timeline.recording; });
  if (timelines.empty())
    throw Error(fmt::format("--beside {}: no timeline in it is measured; record one with ringtrue-bench --timeline",
                            request.beside));
  if (request.row.empty()) return timelines;
  std::vector<std::string> keys;
  for (const Timeline& timeline : timelines) keys.push_back(experiment_key(timeline.experiment));
  std::erase_if(timelines, [&](const Timeline& t) { return experiment_key(t.experiment) != request.row; });
  const std::vector<std::string_view> known(keys.begin(), keys.end());
  if (timelines.empty())
    throw Error(fmt::format("--row: {} holds no '{}'{}; its {} rows are named like {}", request.beside,
                            excerpt(request.row, 128), did_you_mean(request.row, known), keys.size(), keys.front()));
  return timelines;
}

/// Refuses a file that no viewer would open before its timelines fill the memory.
void require_room(const Experiment& experiment, Output& output) {
  output.lines += timeline_lines(experiment);
  if (output.lines > max_phases)
    throw Error(
        fmt::format("timeline: up to {} the file holds more than {} operations, the most that viewers show; name "
                    "one row with --row, or fewer in the suite",
                    experiment_key(experiment), max_phases));
}

void add_beside(Timeline measured, const PlatformFile& platform, const TimelineRequest& request, Output& output) {
  require_room(measured.experiment, output);
  const ReplayOn on{.system_id = measured.system_id, .state = request.state, .canary = measured.recording->canary};
  const std::vector<Timeline> simulated = simulate_timelines(measured.experiment, platform, on);
  output.tables += phase_table(measured, simulated) + "\n";
  output.timelines.push_back(std::move(measured));
  output.timelines.insert(output.timelines.end(), simulated.begin(), simulated.end());
}

void add_alone(const Experiment& experiment, const PlatformFile& platform, const TimelineRequest& request,
               Output& output) {
  require_room(experiment, output);
  const std::vector<Timeline> simulated =
      simulate_timelines(experiment, platform, {.system_id = "", .state = request.state, .canary = {}});
  output.timelines.insert(output.timelines.end(), simulated.begin(), simulated.end());
}

}  // namespace

std::string write_timelines(const TimelineRequest& request) {
  if (request.beside.empty() == request.suite.empty())
    throw Error("timeline: give either --beside, the measured timelines to replay, or --suite, the experiments");
  const PlatformFile platform = read_platform_file(request.platform);
  Output output;
  if (!request.beside.empty()) {
    for (Timeline& measured : read_measured(request)) add_beside(std::move(measured), platform, request, output);
  } else {
    const Suite suite = read_suite(request.suite);
    const std::string where = fmt::format("--row: {}", request.suite);
    for (const SuiteRow& row : timeline_rows(suite.rows, request.row, where))
      add_alone(row.experiment, platform, request, output);
  }
  write_text_file(request.out, timeline_file_text(output.timelines));
  return fmt::format("{}{}: {} timelines; open it in https://ui.perfetto.dev\n", output.tables, request.out,
                     output.timelines.size());
}

}  // namespace ringtrue
