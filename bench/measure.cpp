// One launch. The rows of the suite become Google Benchmark benchmarks, one each, in the launch's order. Google
// Benchmark calls the body of a row once per repetition; the body measures until our own stopping rule is content and
// hands over the total as manual time for a batch of that many iterations. So its counts and times are the same on
// every rank, and its console, JSON and filter work as its users expect. (Left to itself it reads the local clock:
// three ranks chose 43753, 27410 and 11834 iterations, and a collective in the loop deadlocks.)

#include "bench/measure.hpp"

#include <map>
#include <memory>
#include <numeric>
#include <utility>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/benchmark_flags.hpp"
#include "bench/canary.hpp"
#include "bench/clock.hpp"
#include "bench/mpi/environment.hpp"
#include "bench/mpi/preflight.hpp"
#include "bench/progress.hpp"
#include "bench/row/trial.hpp"
#include "bench/rows_to_do.hpp"
#include "bench/step_traces.hpp"
#include "bench/subject/memory.hpp"
#include "bench/timeline_recorder.hpp"
#include "experiment/bandwidth.hpp"
#include "experiment/error.hpp"
#include "experiment/record/record_file.hpp"
#include "experiment/training/step_metrics.hpp"

namespace ringtrue {
namespace {

/// Ranks other than 0 measure along and say nothing.
class SilentReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

/// Everything a row needs besides itself.
struct Launch {
  const MeasureOptions& options;
  const BenchmarkFlags& flags;
  const Models& models;
  const mpi::Communicator& world;
  Communicators comms;
  Place place;
  std::string campaign;
  CanaryProbe canary;
  CommonStart start;
  Heartbeat& heartbeat;
  Progress progress;
  std::unique_ptr<RecordWriter> writer;              ///< On rank 0.
  std::unique_ptr<TimelineRecorder> timelines;       ///< If asked for.
  std::unique_ptr<StepTraces> step_traces;           ///< If asked for.
  std::map<std::string, std::vector<Trial>> trials;  ///< Repetitions of a row so far.
  WallTime large_rows;                               ///< Summed over rows of `least_large_message` and more.
  int wrong_rows = 0;
};

std::string source_name() { return std::string("ringtrue-bench ") + RINGTRUE_VERSION; }

/// A row of this launch, nothing measured.
Record empty_record(const Launch& launch) {
  return {.experiment = {},
          .system_id = system_id(launch.place.system),
          .source = source_name(),
          .campaign = launch.campaign,
          .launch = launch.options.launch,
          .result = Measurement{}};
}

void set_counters(benchmark::State& state, const Experiment& experiment, double total_s, int iterations) {
  const Seconds mean{total_s / iterations};
  if (const TrainingStep* step = as_training(experiment))
    state.counters["images_per_s"] = images_per_second(*step, experiment.ranks, mean);
  const CollectiveRun* run = as_collective(experiment);
  if (run == nullptr) return;
  state.counters["algbw_GBps"] = algbw(run->bytes, mean).bytes_per_second / 1e9;
  state.counters["busbw_GBps"] = busbw(run->collective, run->bytes, experiment.ranks, mean).bytes_per_second / 1e9;
}

void void_row(benchmark::State& state, Launch& launch, const SuiteRow& row, std::int64_t wrong) {
  ++launch.wrong_rows;
  const std::string what = as_training(row.experiment) != nullptr
                               ? fmt::format("after {} steps the ranks' weights were not the same", wrong)
                               : fmt::format("{} elements are wrong", wrong);
  const std::string message = fmt::format("{}: {}; the row is void", experiment_key(row.experiment), what);
  if (launch.world.rank() == 0) fmt::print(stderr, "ringtrue-bench: {}\n", message);
  state.SkipWithError(message.c_str());
}

/// Allocates, checks, warms up, measures and frees again.
Trial run_trial(Launch& launch, const SuiteRow& row) {
  launch.heartbeat.mark(Stage::make_subject);
  const Subject subject = make_subject(row.experiment, launch.comms, launch.models);
  Sampler sampler(subject, launch.world, launch.start, launch.heartbeat);
  Trial trial;
  trial.wrong = sampler.verify();
  if (trial.wrong != 0) return trial;
  const auto canary = [&launch] {
    launch.heartbeat.mark(Stage::canary);
    return launch.canary.measure();
  };
  const RowBudget budget = launch.flags.apply(row.budget);
  trial.canary.before = canary();
  trial.warm_up = sampler.warm_up(budget);
  trial.samples = sampler.measure(budget);
  trial.canary.after = canary();
  trial.wall.warm_up = sampler.warm_up_time();
  if (as_training(row.experiment) != nullptr) trial.wrong = sampler.count_wrong();
  if (launch.step_traces && as_training(row.experiment) != nullptr)
    launch.step_traces->add(row.experiment, subject, launch.world);
  return trial;
}

void run_row(benchmark::State& state, Launch& launch, const SuiteRow& row) {
  const std::string key = experiment_key(row.experiment);
  launch.progress.start_row(key);
  launch.heartbeat.start_row(key);
  const Seconds began = now();
  Trial trial = run_trial(launch, row);
  if (trial.wrong != 0) return void_row(state, launch, row, trial.wrong);
  const int iterations = static_cast<int>(trial.samples.makespan_s.size());
  const double total_s = std::accumulate(trial.samples.makespan_s.begin(), trial.samples.makespan_s.end(), 0.0);
  trial.wall.timed = Seconds{total_s};
  trial.wall.row = now() - began;
  if (message_bytes(row.experiment) >= least_large_message) launch.large_rows += trial.wall;
  std::vector<Trial>& trials = launch.trials[key];
  // Google Benchmark aborts unless all repetitions have as many iterations.
  const int told = trials.empty() ? iterations : static_cast<int>(trials.front().samples.makespan_s.size());
  while (state.KeepRunningBatch(told)) state.SetIterationTime(total_s / iterations * told);
  set_counters(state, row.experiment, total_s, iterations);
  launch.heartbeat.mark(Stage::write_record);
  trials.push_back(std::move(trial));
  if (static_cast<int>(trials.size()) < launch.flags.repetitions) return;
  Record record = empty_record(launch);
  record.experiment = row.experiment;
  record.result = measurement_of(row, trials, launch.place);
  if (launch.writer) launch.writer->append(record_line(record));
  if (launch.timelines) launch.timelines->record(record, launch.comms, launch.start, launch.canary, launch.heartbeat);
  launch.trials.erase(key);
  launch.progress.end_row();
}

Json context_of(const Launch& launch, const Suite& suite) {
  return {{"tool", "ringtrue-bench"},
          {"version", RINGTRUE_VERSION},
          {"commit", RINGTRUE_COMMIT},
          {"command", launch.options.command},
          {"suite", suite.name},
          {"suite_hash", suite.hash},
          {"campaign", launch.campaign},
          {"launch", launch.options.launch},
          {"ranks", launch.world.size()},
          {"testbed", launch.place.system.testbed},
          {"system_id", system_id(launch.place.system)},
          {"clock", to_string(launch.place.common_clock ? Clock::makespan : Clock::local_max)},
          {"environment", describe_environment(launch.place)}};
}

void run_benchmarks(const std::vector<SuiteRow>& rows, Launch& launch) {
  for (const SuiteRow& row : rows) {
    benchmark::RegisterBenchmark(experiment_key(row.experiment).c_str(),
                                 [&launch, &row](benchmark::State& state) { run_row(state, launch, row); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  }
  SilentReporter silent;
  if (launch.world.rank() == 0) {
    benchmark::RunSpecifiedBenchmarks(
        benchmark::CreateDefaultDisplayReporter());  // without it, a second launch crashes
  } else if (!launch.flags.list_tests) {
    benchmark::RunSpecifiedBenchmarks(&silent);
  }
  benchmark::ClearRegisteredBenchmarks();
  launch.heartbeat.start_row("");
  launch.heartbeat.mark(Stage::wrap_up);
}

int ranks_on_host(const Place& place) {
  const auto ranks = static_cast<int>(place.hosts.size());  // a name for each; emulated hosts are one machine
  return place.system.shared_pool ? ranks : (ranks + place.system.hosts - 1) / place.system.hosts;
}

void say_where_time_went(const Launch& launch) {
  if (launch.world.rank() != 0 || launch.large_rows.row <= Seconds{0}) return;
  fmt::print(stderr, "ringtrue-bench: rows of {} and more took {:.1f} s, {:.0f} % of it outside their iterations\n",
             to_string(least_large_message), launch.large_rows.row.count(), 100 * launch.large_rows.overhead());
}

}  // namespace

int measure_launch(const MeasureOptions& options, const mpi::Communicator& world, Heartbeat& heartbeat) {
  heartbeat.mark(Stage::start_up);
  const Suite suite = read_suite(options.suite);
  require_same_everywhere(suite, options.command, world);
  const BenchmarkFlags flags = initialize_benchmark(options.benchmark_flags, world.rank() == 0);
  const std::vector<SuiteRow> rows = rows_of_launch(suite, world.size(), options.launch);
  const Bytes largest_row = require_memory(rows, suite.models, world);
  Memory::expect(largest_row);
  const std::optional<mpi::Communicator> library_ring = make_library_ring(world);
  Place place = place_ranks(options.place, world);
  heartbeat.know_hosts(place.hosts);
  Launch launch{.options = options,
                .flags = flags,
                .models = suite.models,
                .world = world,
                .comms = {world, library_ring ? &*library_ring : nullptr,
                          cache_share(last_level_cache(), place.system.cores, ranks_on_host(place))},
                .place = place,
                .campaign = options.campaign.empty() ? suite.name : options.campaign,
                .canary = {world, place.system.cores},
                .start = {world, place},
                .heartbeat = heartbeat,
                .progress = Progress(world.rank() == 0 && !flags.list_tests),
                .writer = nullptr,
                .timelines = nullptr,
                .step_traces = nullptr,
                .trials = {},
                .large_rows = {},
                .wrong_rows = 0};
  const std::vector<SuiteRow> to_do =
      runnable(flags.list_tests ? rows : rows_to_do(rows, empty_record(launch), options, world), launch.comms);
  launch.progress.expect_rows(to_do.size());
  if (!options.timeline.empty())
    launch.timelines = std::make_unique<TimelineRecorder>(options.timeline, options.timeline_row, rows, place);
  if (!options.step_trace.empty())
    launch.step_traces = std::make_unique<StepTraces>(options.step_trace, system_id(place.system), source_name());
  if (world.rank() == 0 && !flags.list_tests) {
    launch.writer = std::make_unique<RecordWriter>(options.out);
    launch.writer->append(context_line(context_of(launch, suite)));
  }
  run_benchmarks(to_do, launch);
  say_where_time_went(launch);
  if (launch.step_traces && world.rank() == 0 && !flags.list_tests) launch.step_traces->write();
  if (launch.timelines && world.rank() == 0 && !flags.list_tests) launch.timelines->write();
  return launch.wrong_rows > 0 ? exit_wrong_result : exit_fine;
}

}  // namespace ringtrue
