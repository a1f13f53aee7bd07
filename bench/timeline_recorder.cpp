#include "bench/timeline_recorder.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "bench/clock.hpp"
#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "experiment/record/summary.hpp"
#include "experiment/timeline/timeline_file.hpp"

namespace ringtrue {
namespace {

/// Odd, so that one of them is the median.
constexpr std::size_t recorded_iterations = 15;

/// What one reading of the clock costs: many in a row, several times, for this core may be taken away in between.
Seconds clock_read_time() {
  constexpr int readings = 1000, repetitions = 15;
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) {
    const Seconds first = now();
    Seconds last = first;
    for (int j = 0; j < readings; ++j) last = now();
    times.push_back((last - first).count() / readings);
  }
  return Seconds{median(times)};
}

/// Times of this rank's operations, one list per iteration.
using Iterations = std::vector<std::vector<Seconds>>;

Iterations run_iterations(const Subject& subject, std::size_t iterations, CommonStart& start, Heartbeat& heartbeat) {
  Iterations recorded;
  for (std::size_t i = 0; i < iterations; ++i) {
    heartbeat.mark(Stage::barrier, static_cast<int>(i));
    start.prepare(subject.refresh);
    start.wait();
    heartbeat.mark(Stage::timed_body, static_cast<int>(i));
    const std::span<const Seconds> times = subject.run_recorded();
    recorded.emplace_back(times.begin(), times.end());
  }
  heartbeat.mark(Stage::reduce_samples);
  return recorded;
}

/// When each iteration began (for this rank, without a common clock) and how long it took, over all ranks.
struct Spans {
  std::vector<double> start_s, makespan_s;
};

Spans spans_of(const Iterations& iterations, bool common_clock, const mpi::Communicator& comm) {
  Spans spans;
  std::vector<double> end_s;
  for (const std::vector<Seconds>& times : iterations) {
    spans.start_s.push_back(times.front().count());
    end_s.push_back(times.back().count());
  }
  if (common_clock) mpi::min_over_ranks(spans.start_s, comm);
  spans.makespan_s.resize(end_s.size());
  std::ranges::transform(end_s, spans.start_s, spans.makespan_s.begin(), std::minus<>{});
  mpi::max_over_ranks(spans.makespan_s, comm);
  return spans;
}

std::size_t index_of_median(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return order[order.size() / 2];
}

std::vector<Phase> phases_of_all(const Experiment& experiment, const std::vector<std::vector<double>>& times_of_ranks) {
  std::vector<Phase> phases;
  for (std::size_t rank = 0; rank < times_of_ranks.size(); ++rank) {
    std::vector<Seconds> times;
    for (const double time : times_of_ranks[rank]) times.emplace_back(time);
    const std::vector<Phase> own = phases_of(experiment, static_cast<int>(rank), times);
    phases.insert(phases.end(), own.begin(), own.end());
  }
  return phases;
}

}  // namespace

std::optional<Timeline> record_timeline(const Experiment& experiment, const Subject& subject, CommonStart& start,
                                        Heartbeat& heartbeat, const mpi::Communicator& comm) {
  subject.reset();
  // As many before, with nobody resting after them: what is recorded into is then in memory, and token buckets that
  // filled in the pause are as empty as when the row was measured.
  start.expect({});
  const Iterations settling = run_iterations(subject, recorded_iterations, start, heartbeat);
  start.expect(Seconds{std::ranges::min(spans_of(settling, start.common_clock(), comm).makespan_s)});
  const Iterations iterations = run_iterations(subject, recorded_iterations, start, heartbeat);
  start.take_late();
  const Spans spans = spans_of(iterations, start.common_clock(), comm);
  const std::size_t chosen = index_of_median(spans.makespan_s);
  std::vector<double> times_s;
  for (const Seconds time : iterations[chosen]) times_s.push_back(time.count() - spans.start_s[chosen]);
  const std::vector<std::vector<double>> gathered = mpi::gather_values(times_s, comm);
  const double clock_read_s = mpi::max_over_ranks(clock_read_time().count(), comm);
  if (comm.rank() != 0) return std::nullopt;
  Timeline timeline{.experiment = experiment,
                    .system_id = "",
                    .source = "",
                    .state = "",
                    .makespan = Seconds{spans.makespan_s[chosen]},
                    .recording = Recording{.iterations = static_cast<int>(recorded_iterations),
                                           .clock_read = Seconds{clock_read_s},
                                           .plain_median = {},
                                           .common_clock = start.common_clock(),
                                           .canary = {}},
                    .phases = phases_of_all(experiment, gathered)};
  return timeline;
}

TimelineRecorder::TimelineRecorder(std::string file, const std::string& key, const std::vector<SuiteRow>& rows,
                                   const Place& place)
    : file_(std::move(file)), place_(place) {
  for (const SuiteRow& row : timeline_rows(rows, key, key.empty() ? "--timeline" : "--timeline-row"))
    keys_.insert(experiment_key(row.experiment));
  const std::filesystem::path folder = std::filesystem::absolute(file_).parent_path();
  if (!std::filesystem::is_directory(folder))
    throw Error(fmt::format("--timeline {}: there is no folder {}; make it first", file_, folder.string()));
}

bool TimelineRecorder::fits(const Experiment& experiment, bool says_why) {
  const std::size_t lines = timeline_lines(experiment);
  if (recorded_ < max_timelines && lines_ + lines <= max_phases) {
    ++recorded_;
    lines_ += lines;
    return true;
  }
  if (says_why)
    fmt::print(stderr,
               "ringtrue-bench: --timeline {}: {} is left out: with its operations the file would hold more than {}; "
               "name fewer rows with --timeline-row\n",
               file_, experiment_key(experiment), max_phases);
  return false;
}

void TimelineRecorder::record(const Record& measured, const Communicators& comms, CommonStart& start,
                              CanaryProbe& canary, Heartbeat& heartbeat) {
  const Experiment& experiment = measured.experiment;
  if (!keys_.contains(experiment_key(experiment)) || !fits(experiment, comms.world.rank() == 0)) return;
  heartbeat.mark(Stage::make_subject);
  const Subject subject = make_subject(experiment, comms);
  heartbeat.mark(Stage::canary);
  const Seconds canary_before = canary.measure();
  std::optional<Timeline> timeline = record_timeline(experiment, subject, start, heartbeat, comms.world);
  heartbeat.mark(Stage::canary);
  const Seconds canary_after = canary.measure();
  if (!timeline) return;
  timeline->system_id = system_id(place_.system);
  timeline->source = measured.source;
  timeline->recording->plain_median = time_of(measured);
  timeline->recording->canary = {.before = canary_before, .after = canary_after};
  timelines_.push_back(std::move(*timeline));
}

void TimelineRecorder::write() const {
  if (timelines_.empty())
    throw Error(
        fmt::format("--timeline {}: nothing was recorded: with --resume or --benchmark_filter, the rows it names were "
                    "not measured; measure them afresh",
                    file_));
  write_text_file(file_, timeline_file_text(timelines_));
  fmt::print(stderr,
             "ringtrue-bench: {}: {} timelines; open it in https://ui.perfetto.dev or give it to 'ringtrue-sim "
             "timeline --beside'\n",
             file_, timelines_.size());
  if (!place_.common_clock)
    fmt::print(stderr, "ringtrue-bench: the ranks have no common clock: each one's times count from its own start\n");
}

}  // namespace ringtrue
