#include <algorithm>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/astra/replicate.hpp"
#include "sim/commands.hpp"

namespace {

using namespace ringtrue;  // NOLINT(google-build-using-namespace): the program is only a thin wrapper
using command::Options;

void add_calibrate(CLI::App& app, Options& options) {
  CLI::App* subcommand = app.add_subcommand(
      "calibrate",
      "fit a platform on the ping-pong, exchange, local and layer profile records of a campaign, or one "
      "of kind nccl on published times");
  subcommand->add_option("--measured", options.measured, "records of ringtrue-bench");
  subcommand->add_option("--reference", options.references,
                         "instead: published references, validate/published/*/*.json");
  subcommand->add_option("--platform", options.platforms, "with --reference: the platform whose parameters are fitted");
  subcommand->add_flag(
      "--even-sizes", options.even_sizes,
      "with --reference: fit on messages of 2^0, 2^2, 2^4 ... bytes only, so that the others can be scored");
  subcommand->add_option("--out", options.out, "platform file to write")->required();
  subcommand->callback([&options] { command::calibrate(options); });
}

void add_suites(CLI::App& command, Options& options) {
  command.add_option("--suite", options.suites, "what to simulate");
  command.add_option("--ranks", options.ranks, "only these numbers of ranks of the suites, e.g. 2,4,8")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'048'576));
}

void add_run(CLI::App& app, Options& options) {
  CLI::App* subcommand = app.add_subcommand("run", "simulate the scored experiments of suites on platforms");
  add_suites(*subcommand, options);
  subcommand->add_option(
      "--reference", options.references,
      "instead of a suite: published references (.json) or imported measurements (.jsonl), each row of "
      "which is simulated where a platform stands for its system and was not fitted on it");
  subcommand->add_option("--platform", options.platforms, "machine descriptions")->required();
  subcommand->add_option("--out", options.out, "simulated records to write")->required();
  subcommand->add_option("--resample", options.resample,
                         "records the platform was fitted on: adds predictions refitted on resampled launches");
  subcommand->add_option("--replicates", options.replicates, "how many refits")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  subcommand->add_option("--seed", options.seed, "of the resampling")->capture_default_str();
  subcommand->callback([&options] { command::run(options); });
}

void add_crossvalidate(CLI::App& app, Options& options) {
  CLI::App* subcommand = app.add_subcommand(
      "crossvalidate", "predict published rows with platforms of kind nccl that are fitted on the others");
  subcommand
      ->add_option("--by", options.by,
                   "what is left out at a time: scale (a number of GPUs, among the rows of one system), source, or "
                   "size (every second power of two)")
      ->required();
  subcommand->add_option("--reference", options.references, "published references, validate/published/*/*.json")
      ->required();
  subcommand->add_option("--platform", options.platforms, "platforms, whose priors and widths are taken")->required();
  subcommand->add_option("--out", options.out, "simulated records to write; each names its fold")->required();
  subcommand->callback([&options] { command::crossvalidate(options); });
}

void add_ablate(CLI::App& app, Options& options) {
  CLI::App* subcommand = app.add_subcommand(
      "ablate", "simulate as 'run' does, with the cluster model less one of its mechanisms at a time, each refitted");
  subcommand->add_option("--measured", options.measured, "records of ringtrue-bench; the calibration is used")
      ->required();
  add_suites(*subcommand, options);
  subcommand->get_option("--suite")->required();
  subcommand->add_option("--out", options.out, "simulated records to write")->required();
  subcommand->callback([&options] { command::ablate(options); });
}

void add_expand(CLI::App& app, Options& options) {
  CLI::App* subcommand = app.add_subcommand("expand", "write empty records for an external simulator to fill");
  subcommand->add_option("--suite", options.suite, "what to simulate")->required();
  subcommand->add_option("--out", options.out, "template to write")->required();
  subcommand->add_option("--system-id", options.system_id, "system of the measured records")->capture_default_str();
  subcommand->add_option("--source", options.source, "name of the simulator, as the report will show it")
      ->capture_default_str();
  subcommand->callback([&options] { command::expand(options); });
}

void add_simgrid(CLI::App& app, Options& options) {
  CLI::App* inputs = app.add_subcommand("simgrid", "write platforms and rows for SimGrid's SMPI; see ci/smpi.sh");
  inputs->add_option("--suite", options.suites, "what to simulate")->required();
  inputs->add_option("--measured", options.measured, "records of ringtrue-bench; the calibration is used")->required();
  inputs->add_option("--out", options.out, "folder to write to")->required();
  inputs->callback([&options] { command::simgrid_inputs(options); });
  CLI::App* records = app.add_subcommand("simgrid-records", "make simulated records of what smpirun left");
  records->add_option("--runs", options.runs, "folder that 'simgrid' wrote, with results")->required();
  records->add_option("--platform", options.platforms, "our own fit of the same records, to compare speed")->required();
  records->add_option("--source", options.source, "name of the simulator, as the report will show it")->required();
  records->add_option("--out", options.out, "simulated records to write")->required();
  records->callback([&options] { command::simgrid_records(options); });
}

void add_plan(CLI::App& app, Options& options) {
  CLI::App* subcommand = app.add_subcommand("plan", "print the launches of a campaign, one 'LAUNCH RANKS' a line");
  subcommand->add_option("--suite", options.suite, "what is to be measured")->required();
  subcommand->add_option("--launches", options.launches, "instead of the suite's number")->check(CLI::Range(1, 10'000));
  subcommand->callback([&options] { command::plan(options); });
}

void add_timeline(CLI::App& app, Options& options) {
  CLI::App* subcommand = app.add_subcommand(
      "timeline", "write when each rank sends, waits, reduces and copies in the cluster model (Chrome trace JSON)");
  TimelineRequest& request = options.timeline;
  subcommand->add_option("--platform", request.platform, "machine descriptions")->required();
  subcommand->add_option("--beside", request.beside,
                         "timelines of ringtrue-bench: replay the same, write both, print where they differ");
  subcommand->add_option("--suite", request.suite, "instead: whose experiments to replay");
  subcommand->add_option("--row", request.row, "only the one of this experiment_key");
  subcommand
      ->add_option("--state", request.state,
                   "of the machine; if left out, the one --beside was measured in, or else all that are known")
      ->check(CLI::IsMember({"fast", "slow"}));
  subcommand->add_option("--out", request.out, "timelines to write; https://ui.perfetto.dev opens them")->required();
  subcommand->callback([&options] { fmt::print("{}", write_timelines(options.timeline)); });
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
  CLI::App* subcommand =
      app.add_subcommand("astra", "what ASTRA-sim's analytical backend would say, from its own files");
  astra::Request& request = options.astra;
  subcommand->add_option("--network,--network-configuration", request.network, "ASTRA-sim's network yml")->required();
  subcommand->add_option("--system,--system-configuration", request.system, "ASTRA-sim's system json")->required();
  add_astra_workload(*subcommand, request);
  subcommand->add_option("--comm-group,--comm-group-configuration", request.comm_group, "communicator groups, json");
  subcommand->add_option("--remote-memory,--remote-memory-configuration", request.remote_memory,
                         "only NO_MEMORY_EXPANSION");
  subcommand->add_option("--backend", request.backend, "congestion_aware or congestion_unaware")->capture_default_str();
  subcommand->add_option("--num-queues-per-dim", request.queues_per_dim)
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  subcommand->add_option("--injection-scale", request.injection_scale, "multiplies the endpoint delay")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  subcommand->add_option("--path", request.path, "auto, event (every rank) or symmetric (one rank for all)")
      ->capture_default_str();
  subcommand->add_flag("--json", options.json, "one JSON object instead of a table");
  for (const char* option : {"--comm-scale", "--compute-scale"})
    subcommand->add_option_function<std::string>(option, [option](const std::string&) { refuse_ignored(option); })
        ->group("");  // not in --help
  subcommand->footer("ASTRA-sim accepts --comm-scale and --compute-scale and ignores them; here they are errors.");
  subcommand->callback([&options] { command::simulate_astra(options); });
}

void add_replicate(CLI::App& app, Options& options) {
  CLI::App* subcommand = app.add_subcommand("replicate", "run published ASTRA-sim experiments again");
  subcommand->add_option("--runs", options.suite, "file of sim/astra/replications/")->required();
  subcommand->add_option("--out", options.out, "results to write, for ringtrue-validate --replicated")->required();
  subcommand->callback([&options] {
    write_text_file(options.out, astra::replicate(options.suite));
    fmt::print("{}: {}, run again\n", options.out, options.suite);
  });
}

void add_expect(CLI::App& app, expect::Request& request) {
  CLI::App* subcommand =
      app.add_subcommand("expect", "is my number good? what NCCL should take, and why yours may differ");
  for (const expect::TextOption& option : expect::text_options())
    subcommand->add_option(option.name, request.*option.value, option.help);
  subcommand->get_option("--platform")->required();
  subcommand->add_option("--gpus", request.gpus, "GPUs in all");
  subcommand->add_option("--nodes", request.nodes, "nodes they are on, 1 if not given");
  subcommand->add_option("--reference", request.references, "published times; else all of validate/published/");
  subcommand->add_flag("--json", request.json, "one JSON object instead of text");
  subcommand->footer(expect::footer);
  subcommand->callback([&request] { fmt::print("{}", expect::run(request, expect::default_roots())); });
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
