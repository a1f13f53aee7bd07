// One launch. The rows of the suite become Google Benchmark benchmarks, one each, in the launch's order. Google
// Benchmark calls the body of a row once per repetition; the body measures until our own stopping rule is content and
// hands over the total as manual time for a batch of that many iterations. So its counts and times are the same on
// every rank, and its console, JSON and filter work as its users expect. (Left to itself it reads the local clock:
// three ranks chose 43753, 27410 and 11834 iterations, and a collective in the loop deadlocks.)

#include "bench/measure.hpp"

#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "bench/benchmark_flags.hpp"
#include "bench/canary.hpp"
#include "bench/mpi/environment.hpp"
#include "bench/mpi/preflight.hpp"
#include "bench/progress.hpp"
#include "bench/sampling.hpp"
#include "bench/timeline_recorder.hpp"
#include "experiment/bandwidth.hpp"
#include "experiment/error.hpp"
#include "experiment/record/record_file.hpp"

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
  const mpi::Communicator& world;
  Communicators comms;
  Place place;
  std::string campaign;
  CanaryProbe canary;
  Progress progress;
  std::unique_ptr<RecordWriter> writer;              ///< On rank 0.
  std::unique_ptr<TimelineRecorder> timelines;       ///< If asked for.
  std::map<std::string, std::vector<Samples>> kept;  ///< Repetitions of a row so far.
  int wrong_rows = 0;
};

std::string source_name() { return std::string("ringtrue-bench ") + RINGTRUE_VERSION; }

Record empty_record(const Launch& launch, const SuiteRow& row) {
  return {.experiment = row.experiment,
          .system_id = system_id(launch.place.system),
          .source = source_name(),
          .campaign = launch.campaign,
          .launch = launch.options.launch,
          .result = Measurement{}};
}

Record make_record(const Launch& launch, const SuiteRow& row, const std::vector<Samples>& repetitions,
                   const Canary& canary) {
  std::vector<Seconds> makespans, local_maxima;
  for (const Samples& samples : repetitions) {
    for (const double time : samples.makespan_s) makespans.emplace_back(time);
    for (const double time : samples.local_max_s) local_maxima.emplace_back(time);
  }
  Record record = empty_record(launch, row);
  record.result = Measurement{.purpose = row.purpose,
                              .time = summarize(makespans),
                              .clock = launch.place.common_clock ? Clock::makespan : Clock::local_max,
                              .local_max_median = summarize(local_maxima).median,
                              .samples = makespans,
                              .canary = canary,
                              .verified = as_collective(row.experiment) != nullptr,
                              .oversubscribed = ranks_per_core(row.experiment.ranks, launch.place.system) > 1};
  return record;
}

/// Runs once and compares with the closed form; the number of wrong elements over all ranks.
std::int64_t verify(const Subject& subject, const mpi::Communicator& comm) {
  subject.refresh();
  mpi::barrier(comm);
  subject.run();
  return mpi::sum_over_ranks(subject.count_wrong().value_or(0), comm);
}

void set_counters(benchmark::State& state, const Experiment& experiment, double total_s, int iterations) {
  const CollectiveRun* run = as_collective(experiment);
  if (run == nullptr) return;
  const Seconds mean{total_s / iterations};
  state.counters["algbw_GBps"] = algbw(run->bytes, mean).bytes_per_second / 1e9;
  state.counters["busbw_GBps"] = busbw(run->collective, run->bytes, experiment.ranks, mean).bytes_per_second / 1e9;
}

void void_row(benchmark::State& state, Launch& launch, const std::string& key, std::int64_t wrong) {
  ++launch.wrong_rows;
  const std::string message = fmt::format("{}: {} elements are wrong; the row is void", key, wrong);
  if (launch.world.rank() == 0) fmt::print(stderr, "ringtrue-bench: {}\n", message);
  state.SkipWithError(message.c_str());
}

void run_row(benchmark::State& state, Launch& launch, const SuiteRow& row) {
  const std::string key = experiment_key(row.experiment);
  launch.progress.start_row(key);
  const Subject subject = make_subject(row.experiment, launch.comms);
  if (const std::int64_t wrong = verify(subject, launch.world); wrong != 0) return void_row(state, launch, key, wrong);
  Canary canary;
  canary.before = launch.canary.measure();
  const Samples samples = sample(subject, launch.flags.apply(row.budget), launch.place.common_clock, launch.world);
  canary.after = launch.canary.measure();
  const int iterations = static_cast<int>(samples.makespan_s.size());
  const double total_s = std::accumulate(samples.makespan_s.begin(), samples.makespan_s.end(), 0.0);
  while (state.KeepRunningBatch(iterations)) state.SetIterationTime(total_s);
  set_counters(state, row.experiment, total_s, iterations);
  std::vector<Samples>& repetitions = launch.kept[key];
  repetitions.push_back(samples);
  if (static_cast<int>(repetitions.size()) < launch.flags.repetitions) return;
  const Record record = make_record(launch, row, repetitions, canary);
  if (launch.writer) launch.writer->append(record_line(record));
  if (launch.timelines && launch.timelines->wants(row.experiment))
    launch.timelines->record({row.experiment, record.source, time_of(record), canary.after}, subject, launch.canary,
                             launch.world);
  launch.kept.erase(key);
  launch.progress.end_row();
}

/// Ids of the rows that `out` already holds, on rank 0. Throws Error if it may not be continued.
std::set<std::string> rows_done(const MeasureOptions& options) {
  std::set<std::string> done;
  std::error_code missing;
  if (std::filesystem::file_size(options.out, missing) == 0 || missing) return done;
  const RecordFile file = read_record_file(options.out);
  for (const std::string& warning : file.warnings) fmt::print(stderr, "ringtrue-bench: {}\n", warning);
  for (const Record& record : file.records) done.insert(record_id(record));
  return done;
}

/// Rank 0 knows what is done; all ranks drop the same rows.
std::vector<SuiteRow> rows_to_do(std::vector<SuiteRow> rows, const Launch& launch) {
  std::vector<char> skip(rows.size(), 0);
  if (launch.world.rank() == 0) {
    const std::set<std::string> done = rows_done(launch.options);
    for (std::size_t i = 0; i < rows.size(); ++i)
      skip[i] = done.contains(record_id(empty_record(launch, rows[i]))) ? 1 : 0;
    if (!launch.options.resume && std::ranges::find(skip, 1) != skip.end())
      throw Error(
          fmt::format("{} already holds rows of campaign '{}', launch {}, {} ranks; add --resume to measure only "
                      "what is missing, or name another --out, --campaign or --launch",
                      launch.options.out, launch.campaign, launch.options.launch, launch.world.size()));
  }
  mpi::broadcast(skip, launch.world);
  std::vector<SuiteRow> left;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (skip[i] == 0) left.push_back(rows[i]);
  return left;
}

/// Rows of an algorithm that this MPI library cannot be made to run are left out, and said so.
std::vector<SuiteRow> runnable(const std::vector<SuiteRow>& rows, const Launch& launch) {
  std::vector<SuiteRow> left;
  for (const SuiteRow& row : rows) {
    const CollectiveRun* run = as_collective(row.experiment);
    if (run == nullptr || run->algorithm != Algorithm::library_ring || launch.comms.library_ring != nullptr)
      left.push_back(row);
  }
  if (left.size() < rows.size() && launch.world.rank() == 0)
    fmt::print(stderr,
               "ringtrue-bench: {} library_ring rows are left out: this MPI library does not let us choose its ring\n",
               rows.size() - left.size());
  return left;
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
          {"testbed", launch.options.testbed},
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
}

}  // namespace

int measure_launch(const MeasureOptions& options, const mpi::Communicator& world) {
  const Suite suite = read_suite(options.suite);
  require_same_everywhere(suite, options.command, world);
  const BenchmarkFlags flags = initialize_benchmark(options.benchmark_flags, world.rank() == 0);
  const std::vector<SuiteRow> rows = rows_of_launch(suite, world.size(), options.launch);
  require_memory(rows, world);
  const std::optional<mpi::Communicator> library_ring = make_library_ring(world);
  Place place = place_ranks(options.testbed, options.bind, world);
  Launch launch{.options = options,
                .flags = flags,
                .world = world,
                .comms = {world, library_ring ? &*library_ring : nullptr},
                .place = place,
                .campaign = options.campaign.empty() ? suite.name : options.campaign,
                .canary = {world, place.system.cores},
                .progress = Progress(world.rank() == 0 && !flags.list_tests),
                .writer = nullptr,
                .timelines = nullptr,
                .kept = {},
                .wrong_rows = 0};
  const std::vector<SuiteRow> to_do = runnable(flags.list_tests ? rows : rows_to_do(rows, launch), launch);
  launch.progress.expect_rows(to_do.size());
  if (!options.timeline.empty())
    launch.timelines = std::make_unique<TimelineRecorder>(options.timeline, options.timeline_row, rows, place);
  if (world.rank() == 0 && !flags.list_tests) {
    launch.writer = std::make_unique<RecordWriter>(options.out);
    launch.writer->append(context_line(context_of(launch, suite)));
  }
  run_benchmarks(to_do, launch);
  if (launch.timelines && world.rank() == 0 && !flags.list_tests) launch.timelines->write();
  return launch.wrong_rows > 0 ? exit_wrong_result : exit_fine;
}

}  // namespace ringtrue
