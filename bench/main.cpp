#include <cstdlib>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/measure.hpp"
#include "bench/mpi/preflight.hpp"
#include "experiment/error.hpp"

namespace {

using ringtrue::Error;
using ringtrue::MeasureOptions;

constexpr const char* footer =
    "--benchmark_filter, _list_tests, _min_time, _repetitions, _format, _out and their kin work as in Google "
    "Benchmark; only\n"
    "rank 0 writes.\n"
    "Exit codes: 0 fine, 2 could not run, 3 a collective returned a wrong result (its row is void).\n"
    "Example: mpirun --bind-to none --oversubscribe -np 4 ringtrue-bench --suite experiment/suites/default.json --out "
    "m.jsonl";

void parse(CLI::App& app, int argc, char** argv, MeasureOptions& options) {
  app.footer(footer);
  app.add_option("--suite", options.suite, "what to measure (JSON; README explains the keys)")->required();
  app.add_option("--out", options.out, "records are appended here (JSON Lines)")->required();
  app.add_option("--launch", options.launch, "number of this launch within the campaign; orders the rows")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--campaign", options.campaign, "name of the campaign; the suite's name if left out");
  app.add_option("--testbed", options.testbed, "name of the machines, first part of the system_id")
      ->capture_default_str();
  app.add_flag("--resume", options.resume, "measure only what --out does not hold yet");
  app.add_flag("!--no-bind", options.bind, "leave ranks where the kernel puts them instead of binding each to a core");
  CLI::Option* timeline =
      app.add_option("--timeline", options.timeline,
                     "also record when each rank sends, waits, reduces and copies, into this file (Chrome trace JSON)");
  app.add_option("--timeline-row", options.timeline_row,
                 "of this row only, by its experiment_key; every scored row with an algorithm of ours if left out")
      ->needs(timeline);
  app.allow_extras();
  app.parse(argc, argv);
  for (const std::string& extra : app.remaining()) {
    if (!extra.starts_with("--benchmark_")) throw Error(fmt::format("'{}' is not an option; see --help", extra));
    options.benchmark_flags.push_back(extra);
  }
  if (options.testbed.empty() || options.testbed.find_first_of(". \t\n/") != std::string::npos)
    throw Error(fmt::format("--testbed '{}': must be one word without dots", options.testbed));
  options.command = fmt::format("{}", fmt::join(argv, argv + argc, " "));
}

int measure(int argc, char** argv, const MeasureOptions& options) {
  const ringtrue::mpi::Environment environment(argc, argv);
  try {
    const ringtrue::mpi::Communicator world = ringtrue::mpi::Communicator::duplicate(MPI_COMM_WORLD);
    return ringtrue::measure_launch(options, world);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ringtrue-bench: {}\n", error.what());
    return MPI_Abort(MPI_COMM_WORLD, ringtrue::exit_could_not_run);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures collectives and calibration subjects under mpirun or srun.", "ringtrue-bench");
  try {
    MeasureOptions options;
    parse(app, argc, argv, options);
    ringtrue::require_launcher();
    // Lets us run Open MPI's own ring beside its default choice in one launch; decides nothing by itself.
    setenv("OMPI_MCA_coll_tuned_use_dynamic_rules", "1", 0);
    return measure(argc, argv, options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ringtrue::exit_fine : ringtrue::exit_could_not_run;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ringtrue-bench: {}\n", error.what());
    return ringtrue::exit_could_not_run;
  }
}
