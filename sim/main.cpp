#include <algorithm>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/ablation.hpp"
#include "sim/astra/command.hpp"
#include "sim/astra/replicate.hpp"
#include "sim/calibrate.hpp"
#include "sim/expect/command.hpp"
#include "sim/platform.hpp"
#include "sim/reference.hpp"
#include "sim/simgrid/records.hpp"
#include "sim/simgrid/runs.hpp"
#include "sim/simulate.hpp"
#include "sim/timeline/command.hpp"

namespace {

using namespace ringtrue;  // NOLINT(google-build-using-namespace): the program is only a thin wrapper

struct Options {
  std::vector<std::string> measured, suites, platforms, resample, references;
  std::string out, suite, runs, system_id = "host.h1.c2.block.sm", source = "my-simulator";
  astra::Request astra;
  expect::Request expect;
  TimelineRequest timeline;
  std::string by;
  bool json = false, even_sizes = false;
  int replicates = 100;
  int launches = 0;
  std::vector<int> ranks;
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

std::vector<PlatformFile> read_platforms(const Options& options) {
  std::vector<PlatformFile> platforms;
  for (const std::string& name : options.platforms) platforms.push_back(read_platform_file(name));
  return platforms;
}

/// A platform of kind nccl is fitted on published numbers; its own file says what may be fitted.
void calibrate_published(const Options& options) {
  if (options.platforms.size() != 1) throw Error("--reference needs one --platform: the one to fit");
  const std::vector<Platform> platforms = fit_platforms(read_platform_file(options.platforms.front()),
                                                        read_references(options.references), options.even_sizes);
  write_text_file(options.out, platform_file_text(platforms));
  for (const Platform& platform : platforms)
    if (model_kind(platform) == "nccl")
      fmt::print("{}: '{}' fitted on {} published rows\n", options.out, platform.model, platform.fitted_on.size());
}

void calibrate(const Options& options) {
  if (!options.references.empty()) return calibrate_published(options);
  if (options.measured.empty()) throw Error("calibrate needs --measured, or --reference and --platform");
  const std::vector<Platform> platforms = fit(collect_calibration(read_all(options.measured)));
  write_text_file(options.out, platform_file_text(platforms));
  fmt::print("{}: {} platforms, fitted on {} calibration records\n", options.out, platforms.size(),
             platforms.front().fitted_on.size());
}

/// The suites that were named, less the numbers of ranks that nobody asked for.
std::vector<Suite> asked_for(const Options& options) {
  std::vector<Suite> suites;
  for (const std::string& name : options.suites) {
    suites.push_back(read_suite(name));
    if (options.ranks.empty()) continue;
    std::erase_if(suites.back().rows, [&](const SuiteRow& row) {
      return std::ranges::find(options.ranks, row.experiment.ranks) == options.ranks.end();
    });
  }
  return suites;
}

void write_simulated(const Options& options, const RecordFile& simulated) {
  write_text_file(options.out, record_file_text(simulated));
  fmt::print("{}: {} simulated records\n", options.out, simulated.records.size());
}

void run(const Options& options) {
  const std::vector<PlatformFile> platforms = read_platforms(options);
  if (options.suites.empty() == options.references.empty()) throw Error("run needs either --suite or --reference");
  if (!options.references.empty())
    return write_simulated(options, simulate_references(read_references(options.references), platforms));
  const std::vector<Suite> suites = asked_for(options);
  RecordFile simulated = simulate_suites(suites, platforms);
  if (!options.resample.empty())
    add_replicates(simulated, suites, collect_calibration(read_all(options.resample)),
                   {.draws = options.replicates, .seed = options.seed});
  write_simulated(options, simulated);
}

void crossvalidate(const Options& options) {
  write_simulated(options,
                  crossvalidate(read_references(options.references), read_platforms(options), parse_fold(options.by)));
}

void ablate(const Options& options) {
  write_simulated(options, ringtrue::ablate(collect_calibration(read_all(options.measured)), asked_for(options)));
}

void expand(const Options& options) {
  write_text_file(options.out, template_text(read_suite(options.suite), options.system_id, options.source));
  fmt::print("{}: fill time_s.value (seconds) in every line, then give the file to ringtrue-validate --simulated\n",
             options.out);
}

void simgrid_inputs(const Options& options) {
  std::vector<Suite> suites;
  for (const std::string& name : options.suites) suites.push_back(read_suite(name));
  const Calibration calibration = collect_calibration(read_all(options.measured));
  const std::vector<simgrid::Run> runs = simgrid::make_runs(suites, calibration);
  simgrid::write_runs(runs, suites, calibration, options.out);
  for (const simgrid::Run& run : runs) fmt::print("{}/{}: {} rows\n", options.out, run.folder, run.rows.size());
}

void simgrid_records(const Options& options) {
  const simgrid::Collected collected =
      simgrid::collect_records(options.runs, read_platforms(options), options.source, simgrid::median_time);
  write_text_file(options.out, record_file_text(collected.file));
  fmt::print("{}{}: {} simulated records\n", simgrid::speed_text(collected), options.out,
             collected.file.records.size());
}

/// One line per launch, "LAUNCH RANKS": what a campaign driver starts, scales interleaved.
void plan(const Options& options) {
  for (const PlannedLaunch& planned : plan_of(read_suite(options.suite), options.launches))
    fmt::print("{} {}\n", planned.launch, planned.ranks);
}

void simulate_astra(const Options& options) {
  const astra::Prediction prediction = astra::run(options.astra);
  if (options.json) {
    fmt::print("{}", astra::json_text(prediction));
    return;
  }
  for (const std::string& warning : prediction.warnings) fmt::print(stderr, "ringtrue-sim: warning: {}\n", warning);
  fmt::print("{}", astra::table_text(prediction, options.astra));
}

void add_calibrate(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand(
      "calibrate",
      "fit a platform on the ping-pong, exchange, local and layer profile records of a campaign, or one "
      "of kind nccl on published times");
  command->add_option("--measured", options.measured, "records of ringtrue-bench");
  command->add_option("--reference", options.references, "instead: published references, validate/published/*/*.json");
  command->add_option("--platform", options.platforms, "with --reference: the platform whose parameters are fitted");
  command->add_flag(
      "--even-sizes", options.even_sizes,
      "with --reference: fit on messages of 2^0, 2^2, 2^4 ... bytes only, so that the others can be scored");
  command->add_option("--out", options.out, "platform file to write")->required();
  command->callback([&options] { calibrate(options); });
}

void add_suites(CLI::App& command, Options& options) {
  command.add_option("--suite", options.suites, "what to simulate");
  command.add_option("--ranks", options.ranks, "only these numbers of ranks of the suites, e.g. 2,4,8")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'048'576));
}

void add_run(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("run", "simulate the scored experiments of suites on platforms");
  add_suites(*command, options);
  command->add_option("--reference", options.references,
                      "instead of a suite: published references (.json) or imported measurements (.jsonl), each row of "
                      "which is simulated where a platform stands for its system and was not fitted on it");
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

void add_crossvalidate(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand(
      "crossvalidate", "predict published rows with platforms of kind nccl that are fitted on the others");
  command
      ->add_option("--by", options.by,
                   "what is left out at a time: scale (a number of GPUs, among the rows of one system), source, or "
                   "size (every second power of two)")
      ->required();
  command->add_option("--reference", options.references, "published references, validate/published/*/*.json")
      ->required();
  command->add_option("--platform", options.platforms, "platforms, whose priors and widths are taken")->required();
  command->add_option("--out", options.out, "simulated records to write; each names its fold")->required();
  command->callback([&options] { crossvalidate(options); });
}

void add_ablate(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand(
      "ablate", "simulate as 'run' does, with the cluster model less one of its mechanisms at a time, each refitted");
  command->add_option("--measured", options.measured, "records of ringtrue-bench; the calibration is used")->required();
  add_suites(*command, options);
  command->get_option("--suite")->required();
  command->add_option("--out", options.out, "simulated records to write")->required();
  command->callback([&options] { ablate(options); });
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

void add_simgrid(CLI::App& app, Options& options) {
  CLI::App* inputs = app.add_subcommand("simgrid", "write platforms and rows for SimGrid's SMPI; see ci/smpi.sh");
  inputs->add_option("--suite", options.suites, "what to simulate")->required();
  inputs->add_option("--measured", options.measured, "records of ringtrue-bench; the calibration is used")->required();
  inputs->add_option("--out", options.out, "folder to write to")->required();
  inputs->callback([&options] { simgrid_inputs(options); });
  CLI::App* records = app.add_subcommand("simgrid-records", "make simulated records of what smpirun left");
  records->add_option("--runs", options.runs, "folder that 'simgrid' wrote, with results")->required();
  records->add_option("--platform", options.platforms, "our own fit of the same records, to compare speed")->required();
  records->add_option("--source", options.source, "name of the simulator, as the report will show it")->required();
  records->add_option("--out", options.out, "simulated records to write")->required();
  records->callback([&options] { simgrid_records(options); });
}

void add_plan(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("plan", "print the launches of a campaign, one 'LAUNCH RANKS' a line");
  command->add_option("--suite", options.suite, "what is to be measured")->required();
  command->add_option("--launches", options.launches, "instead of the suite's number")->check(CLI::Range(1, 10'000));
  command->callback([&options] { plan(options); });
}

void add_timeline(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand(
      "timeline", "write when each rank sends, waits, reduces and copies in the cluster model (Chrome trace JSON)");
  TimelineRequest& request = options.timeline;
  command->add_option("--platform", request.platform, "machine descriptions")->required();
  command->add_option("--beside", request.beside,
                      "timelines of ringtrue-bench: replay the same, write both, print where they differ");
  command->add_option("--suite", request.suite, "instead: whose experiments to replay");
  command->add_option("--row", request.row, "only the one of this experiment_key");
  command
      ->add_option("--state", request.state,
                   "of the machine; if left out, the one --beside was measured in, or else all that are known")
      ->check(CLI::IsMember({"fast", "slow"}));
  command->add_option("--out", request.out, "timelines to write; https://ui.perfetto.dev opens them")->required();
  command->callback([&options] { fmt::print("{}", write_timelines(options.timeline)); });
}

void add_astra_workload(CLI::App& command, astra::Request& request) {
  command.add_option("--workload,--workload-configuration", request.workload,
                     "prefix of Chakra traces (PREFIX.0.et ...), or a text workload of ASTRA-sim 1.0");
  command.add_option("--collective", request.collective,
                     "instead: all_reduce, reduce_scatter, all_gather or all_to_all");
  command.add_option("--bytes", request.bytes, "comm_size of the collective, e.g. 1MiB; per rank for all_gather");
  command.add_flag("--ignore-extra-traces", request.ignore_extra_traces, "more traces than NPUs are only a warning");
  command.add_option("--passes", request.passes, "training passes of a text workload")->check(CLI::Range(1, 10'000));
  command.add_flag("--serial-chain", request.serial_chain, "of a text workload: one node after the other, no overlap");
  command.add_flag("--cycles-as-microseconds", request.cycles_as_microseconds,
                   "of a text workload: the x1000 of Chakra's converter");
}

[[noreturn]] void refuse_ignored(const std::string& option) {
  throw Error(
      fmt::format("{}: ASTRA-sim accepts it and ignores it, so that nothing would be scaled; remove it", option));
}

void add_astra(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("astra", "what ASTRA-sim's analytical backend would say, from its own files");
  astra::Request& request = options.astra;
  command->add_option("--network,--network-configuration", request.network, "ASTRA-sim's network yml")->required();
  command->add_option("--system,--system-configuration", request.system, "ASTRA-sim's system json")->required();
  add_astra_workload(*command, request);
  command->add_option("--comm-group,--comm-group-configuration", request.comm_group, "communicator groups, json");
  command->add_option("--remote-memory,--remote-memory-configuration", request.remote_memory,
                      "only NO_MEMORY_EXPANSION");
  command->add_option("--backend", request.backend, "congestion_aware or congestion_unaware")->capture_default_str();
  command->add_option("--num-queues-per-dim", request.queues_per_dim)
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--injection-scale", request.injection_scale, "multiplies the endpoint delay")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command->add_option("--path", request.path, "auto, event (every rank) or symmetric (one rank for all)")
      ->capture_default_str();
  command->add_flag("--json", options.json, "one JSON object instead of a table");
  for (const char* option : {"--comm-scale", "--compute-scale"})
    command->add_option_function<std::string>(option, [option](const std::string&) { refuse_ignored(option); })
        ->group("");  // not in --help
  command->footer("ASTRA-sim accepts --comm-scale and --compute-scale and ignores them; here they are errors.");
  command->callback([&options] { simulate_astra(options); });
}

void add_replicate(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("replicate", "run published ASTRA-sim experiments again");
  command->add_option("--runs", options.suite, "file of sim/astra/replications/")->required();
  command->add_option("--out", options.out, "results to write, for ringtrue-validate --replicated")->required();
  command->callback([&options] {
    write_text_file(options.out, astra::replicate(options.suite));
    fmt::print("{}: {}, run again\n", options.out, options.suite);
  });
}

void add_expect(CLI::App& app, expect::Request& request) {
  CLI::App* command =
      app.add_subcommand("expect", "is my number good? what NCCL should take, and why yours may differ");
  for (const expect::TextOption& option : expect::text_options())
    command->add_option(option.name, request.*option.value, option.help);
  command->get_option("--platform")->required();
  command->add_option("--gpus", request.gpus, "GPUs in all");
  command->add_option("--nodes", request.nodes, "nodes they are on, 1 if not given");
  command->add_option("--reference", request.references, "published times; else all of validate/published/");
  command->add_flag("--json", request.json, "one JSON object instead of text");
  command->footer(expect::footer);
  command->callback([&request] { fmt::print("{}", expect::run(request, expect::default_roots())); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates what ringtrue-bench measures.", "ringtrue-sim");
  Options options;
  add_calibrate(app, options);
  add_run(app, options);
  add_crossvalidate(app, options);
  add_ablate(app, options);
  add_expand(app, options);
  add_plan(app, options);
  add_simgrid(app, options);
  add_timeline(app, options);
  add_astra(app, options);
  add_expect(app, options.expect);
  add_replicate(app, options);
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
