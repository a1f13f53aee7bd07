#include <algorithm>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/calibrate.hpp"
#include "sim/platform.hpp"
#include "sim/simulate.hpp"

namespace {

using namespace ringtrue;  // NOLINT(google-build-using-namespace): the program is only a thin wrapper

struct Options {
  std::vector<std::string> measured, suites, platforms, resample;
  std::string out, suite, system_id = "host.h1.c2.block.sm", source = "my-simulator";
  int replicates = 100;
  int launches = 0;
  std::uint64_t seed = 1;
};

std::vector<RecordFile> read_all(const std::vector<std::string>& names) {
  std::vector<RecordFile> files;
  for (const std::string& name : names) {
    files.push_back(read_record_file(name));
    for (const std::string& warning : files.back().warnings) fmt::print(stderr, "ringtrue-sim: {}\n", warning);
  }
  return files;
}

void calibrate(const Options& options) {
  const std::vector<Platform> platforms = fit(collect_calibration(read_all(options.measured)));
  write_text_file(options.out, platform_file_text(platforms));
  fmt::print("{}: {} platforms, fitted on {} calibration records\n", options.out, platforms.size(),
             platforms.front().fitted_on.size());
}

void run(const Options& options) {
  std::vector<Suite> suites;
  for (const std::string& name : options.suites) suites.push_back(read_suite(name));
  std::vector<PlatformFile> platforms;
  for (const std::string& name : options.platforms) platforms.push_back(read_platform_file(name));
  RecordFile simulated = simulate_suites(suites, platforms);
  if (!options.resample.empty())
    add_replicates(simulated, collect_calibration(read_all(options.resample)), options.replicates, options.seed);
  write_text_file(options.out, record_file_text(simulated));
  fmt::print("{}: {} simulated records\n", options.out, simulated.records.size());
}

void expand(const Options& options) {
  write_text_file(options.out, template_text(read_suite(options.suite), options.system_id, options.source));
  fmt::print("{}: fill time_s.value (seconds) in every line, then give the file to ringtrue-validate --simulated\n",
             options.out);
}

/// One line per launch, "LAUNCH RANKS": what a campaign driver starts, scales interleaved.
void plan(const Options& options) {
  const Suite suite = read_suite(options.suite);
  const auto launches = [&](int ranks) { return options.launches > 0 ? options.launches : suite.launches.at(ranks); };
  int most = 0;
  for (const int ranks : suite.ranks) most = std::max(most, launches(ranks));
  for (int launch = 0; launch < most; ++launch)
    for (const int ranks : suite.ranks)
      if (launch < launches(ranks)) fmt::print("{} {}\n", launch, ranks);
}

void add_calibrate(CLI::App& app, Options& options) {
  CLI::App* command =
      app.add_subcommand("calibrate", "fit a platform on the ping-pong, exchange and local records of a campaign");
  command->add_option("--measured", options.measured, "records of ringtrue-bench")->required();
  command->add_option("--out", options.out, "platform file to write")->required();
  command->callback([&options] { calibrate(options); });
}

void add_run(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("run", "simulate the scored experiments of suites on platforms");
  command->add_option("--suite", options.suites, "what to simulate")->required();
  command->add_option("--platform", options.platforms, "machine descriptions")->required();
  command->add_option("--out", options.out, "simulated records to write")->required();
  command->add_option("--resample", options.resample,
                      "records the platform was fitted on: adds predictions refitted on resampled launches");
  command->add_option("--replicates", options.replicates, "how many refits")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--seed", options.seed, "of the resampling")->capture_default_str();
  command->callback([&options] { run(options); });
}

void add_expand(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("expand", "write empty records for an external simulator to fill");
  command->add_option("--suite", options.suite, "what to simulate")->required();
  command->add_option("--out", options.out, "template to write")->required();
  command->add_option("--system-id", options.system_id, "system of the measured records")->capture_default_str();
  command->add_option("--source", options.source, "name of the simulator, as the report will show it")
      ->capture_default_str();
  command->callback([&options] { expand(options); });
}

void add_plan(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("plan", "print the launches of a campaign, one 'LAUNCH RANKS' a line");
  command->add_option("--suite", options.suite, "what is to be measured")->required();
  command->add_option("--launches", options.launches, "instead of the suite's number")->check(CLI::Range(1, 10'000));
  command->callback([&options] { plan(options); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates what ringtrue-bench measures.", "ringtrue-sim");
  Options options;
  add_calibrate(app, options);
  add_run(app, options);
  add_expand(app, options);
  add_plan(app, options);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 fine, 2 could not run.");
  try {
    app.parse(argc, argv);
    return exit_fine;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_fine : exit_could_not_run;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ringtrue-sim: {}\n", error.what());
    return exit_could_not_run;
  }
}
