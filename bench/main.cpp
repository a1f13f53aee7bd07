#include <chrono>
#include <cstdlib>
#include <exception>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/measure.hpp"
#include "bench/mpi/preflight.hpp"
#include "bench/watchdog.hpp"
#include "experiment/error.hpp"

namespace {

using ringtrue::Error;
using ringtrue::Heartbeat;
using ringtrue::MeasureOptions;
using ringtrue::parse_link_rate;
using ringtrue::Seconds;
using ringtrue::Watchdog;

constexpr const char* footer =
    "--benchmark_filter, _list_tests, _min_time, _repetitions, _format, _out and their kin work as in Google "
    "Benchmark; only\n"
    "rank 0 writes.\n"
    "Exit codes: 0 fine, 2 could not run, 3 a collective returned a wrong result (its row is void).\n"
    "Example: mpirun --bind-to none --oversubscribe -np 4 ringtrue-bench --suite experiment/suites/default.json --out "
    "m.jsonl";

Seconds hang_limit_of(double seconds) {
  constexpr double lowest = 1, highest = 86'400;
  if (seconds == 0 || (seconds >= lowest && seconds <= highest)) return Seconds{seconds};
  throw Error(
      fmt::format("--hang-limit {:g}: must be 0 (never end a launch) or {:g} to {:g} seconds; leave it out for 120",
                  seconds, lowest, highest));
}

void parse(CLI::App& app, int argc, char** argv, MeasureOptions& options) {
  app.footer(footer);
  app.add_option("--suite", options.suite, "what to measure (JSON; experiment/suites/README.md explains the keys)")
      ->required();
  app.add_option("--out", options.out, "records are appended here (JSON Lines)")->required();
  app.add_option("--launch", options.launch, "number of this launch within the campaign; orders the rows")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--campaign", options.campaign, "name of the campaign; the suite's name if left out");
  app.add_option("--testbed", options.place.testbed, "name of the machines, first part of the system_id")
      ->capture_default_str();
  std::string link_rate;
  app.add_option("--link-rate", link_rate, "what each host's link is limited to, such as 1Gbps; part of the system_id");
  std::string link_burst;
  app.add_option("--link-burst", link_burst, "what it lets through at once after a pause, such as '128 KiB'");
  app.add_flag("--resume", options.resume, "measure only what --out does not hold yet");
  app.add_flag("!--no-bind", options.place.bind,
               "leave ranks where the kernel puts them instead of binding each to a core");
  app.add_option_function<double>(
         "--hang-limit", [&options](double seconds) { options.hang_limit = hang_limit_of(seconds); },
         "end the launch with code 2 when a rank makes no progress for so many seconds; 0: never")
      ->default_str("120");
  CLI::Option* timeline =
      app.add_option("--timeline", options.timeline,
                     "also record when each rank sends, waits, reduces and copies, into this file (Chrome trace JSON)");
  app.add_option("--timeline-row", options.timeline_row,
                 "of this row only, by its experiment_key; every scored row with an algorithm of ours if left out")
      ->needs(timeline);
  app.add_option(
      "--step-trace", options.step_trace,
      "also write the last step of every row that trains, layer by layer, into this file (Chrome trace JSON)");
  app.allow_extras();
  app.parse(argc, argv);
  for (const std::string& extra : app.remaining()) {
    if (!extra.starts_with("--benchmark_")) throw Error(fmt::format("'{}' is not an option; see --help", extra));
    options.benchmark_flags.push_back(extra);
  }
  if (options.place.testbed.empty() || options.place.testbed.find_first_of(". \t\n/") != std::string::npos)
    throw Error(fmt::format("--testbed '{}': must be one word without dots", options.place.testbed));
  options.place.link_bits_per_s = parse_link_rate(link_rate);
  if (!link_rate.empty() && options.place.link_bits_per_s == 0)
    throw Error(
        fmt::format("--link-rate '{}': not a rate; allowed: a whole number with kbps, Mbps or Gbps", link_rate));
  if (!link_burst.empty()) options.place.link_burst = ringtrue::parse_bytes(link_burst, "--link-burst");
  options.command = fmt::format("{}", fmt::join(argv, argv + argc, " "));
}

/// What is wrong on all ranks is said once: rank 0 ends the others while they wait. What is wrong on one is said as
/// well.
void let_rank_0_speak() {
  constexpr std::chrono::seconds patience{3};
  if (ringtrue::place_in_launch().rank > 0) std::this_thread::sleep_for(patience);
}

void say(const std::exception& error) {
  let_rank_0_speak();
  fmt::print(stderr, "ringtrue-bench: {}\n", error.what());
}

int measure(int argc, char** argv, const MeasureOptions& options) {
  // Before MPI starts, which may hang as well, and until it has ended.
  Heartbeat heartbeat;
  const auto [rank, ranks] = ringtrue::place_in_launch();
  const Watchdog watchdog({.limit = options.hang_limit, .out = options.out, .rank = rank, .ranks = ranks}, heartbeat);
  const ringtrue::mpi::Environment environment(argc, argv);
  try {
    const ringtrue::mpi::Communicator world = ringtrue::mpi::Communicator::duplicate(MPI_COMM_WORLD);
    return ringtrue::measure_launch(options, world, heartbeat);
  } catch (const std::exception& error) {
    say(error);
    return MPI_Abort(MPI_COMM_WORLD, ringtrue::exit_could_not_run);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures collectives, training steps and calibration subjects under mpirun or srun.", "ringtrue-bench");
  try {
    MeasureOptions options;
    parse(app, argc, argv, options);
    ringtrue::require_launcher();
    // Lets us run Open MPI's own ring beside its default choice in one launch; decides nothing by itself.
    setenv("OMPI_MCA_coll_tuned_use_dynamic_rules", "1", 0);
    return measure(argc, argv, options);
  } catch (const CLI::ParseError& error) {
    let_rank_0_speak();
    return app.exit(error) == 0 ? ringtrue::exit_fine : ringtrue::exit_could_not_run;
  } catch (const std::exception& error) {
    say(error);
    return ringtrue::exit_could_not_run;
  }
}
