#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "validate/compare.hpp"
#include "validate/import/command.hpp"
#include "validate/join/measured.hpp"
#include "validate/precision.hpp"
#include "validate/summary_text.hpp"

namespace ringtrue {
namespace {

struct Options {
  std::vector<std::string> measured, published, simulated, replicated, scales;
  std::string budgets, out;
  double precision_percent = 0;
  NcclTestsCommand nccl_tests;
  PublishedCommand published_table;
};

Inputs read_inputs(const Options& options) {
  Inputs inputs;
  for (const std::string& path : options.measured) inputs.measured.push_back(read_record_file(path));
  for (const std::string& path : options.published) inputs.published.push_back(read_published(path));
  for (const std::string& path : options.simulated) inputs.simulated.push_back(read_record_file(path));
  for (const std::string& path : options.replicated) inputs.replicated.push_back(read_replication(path));
  if (!options.budgets.empty()) inputs.budgets = read_budgets(options.budgets);
  inputs.precision = options.precision_percent / 100;
  if (!options.scales.empty()) inputs.scales = parse_scales(options.scales);
  return inputs;
}

int exit_code(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass: return exit_fine;
    case Outcome::fail: return exit_gate_failed;
    case Outcome::inconclusive: return exit_inconclusive;
  }
  throw std::logic_error("exit_code: not an outcome");
}

/// The comparison is on disk before anybody learns the verdict.
int validate(const Options& options) {
  const Comparison comparison = compare(read_inputs(options));
  write_text_file(options.out, to_json(comparison).dump(1) + "\n");
  fmt::print("{}", summary_text(comparison));
  return exit_code(comparison.outcome());
}

/// For the campaign's driver, one line a scale: system_id, ranks, launches, half width, whether that is `enough`, and
/// the number of the next launch.
int print_precision(const Options& options) {
  const Inputs inputs = read_inputs(options);
  const Budgets settings = inputs.budgets.value_or(Budgets{});
  const Campaign campaign = gather_measured(inputs.measured, settings.seed);
  std::vector<MeasuredRow> rows;
  for (const MeasuredSeries& series : campaign.series) rows.push_back(series.row);
  for (const ScalePrecision& scale : precision_of(rows))
    fmt::print("{} {} {} {:.1f}% {} {}\n", scale.system_id, scale.ranks, scale.launches, 100 * scale.half_width,
               scale.enough(inputs.precision, settings.least_launches) ? "enough" : "more",
               campaign.launches(scale.system_id, scale.ranks).back() + 1);
  return exit_fine;
}

void add_precision(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand(
      "precision",
      "print for each number of ranks: system_id, ranks, launches, how well these know their medians, enough or more, "
      "number of the next launch");
  command->add_option("--measured", options.measured, "records of ringtrue-bench")->required();
  command->add_option("--precision", options.precision_percent, "what is enough, in percent of the median")
      ->required()
      ->check(CLI::Range(0.1, 100.0));
  command->add_option("--budgets", options.budgets, "says how many launches a verdict needs");
}

void add_nccl_tests(CLI::App& import, NcclTestsCommand& command) {
  CLI::App* logs = import.add_subcommand(
      "nccl-tests",
      "measured records from what nccl-tests printed, or wrote with -J: each file is a launch of the campaign.\n"
      "Exit codes: 0 fine, 2 a file is not what nccl-tests prints, 3 a result was wrong (after writing)");
  logs->add_option("files", command.files, "logs of one kind of run, in order: launch 0, 1, ...")->required();
  logs->add_option("--out", command.out, "where the records are written (.jsonl), for --measured")->required();
  logs->add_option("--testbed", command.testbed, "first word of system_id, e.g. hgx-h100")->capture_default_str();
  logs->add_option("--fabric", command.fabric, "what connects GPUs or nodes, e.g. nvswitch")->capture_default_str();
  logs->add_option("--launch-mode", command.launch_mode,
                   "one_process, process_per_gpu or cuda_graph; without it from the log");
  logs->add_option("--campaign", command.campaign, "name of the campaign")->capture_default_str();
  logs->add_option("--collective", command.collective, "for logs that do not name theirs, e.g. all_reduce");
  logs->add_option(
          "--algorithm", command.algorithm,
          "what NCCL_ALGO forced: ring, double_binary_tree or nvls; without it what the log says, else library")
      ->check(CLI::IsMember({"library", "ring", "double_binary_tree", "nvls"}));
  logs->add_option("--protocol", command.protocol, "what NCCL_PROTO forced: ll, ll128 or simple");
}

void add_import(CLI::App& app, Options& options) {
  CLI::App* import = app.add_subcommand(
      "import", "make our files of other people's: measured records, published references (validate/import/README.md)");
  import->require_subcommand(1);
  add_nccl_tests(*import, options.nccl_tests);
  CLI::App* table = import->add_subcommand(
      "published",
      "a published reference from a table (.csv): lines '# key: value' with source, url, licence, system, "
      "nccl_version, "
      "launch_mode, how_read, sigma, caveat, testbed, fabric; then column names (size,time,...); then rows");
  table->add_option("file", options.published_table.file, "the table")->required();
  table->add_option("--out", options.published_table.out, "where it is written (.json), for --published")->required();
}

/// The exit code of the subcommand that was given; nothing if none was.
std::optional<int> run_subcommand(const CLI::App& app, const Options& options) {
  if (app.got_subcommand("precision")) return print_precision(options);
  if (!app.got_subcommand("import")) return std::nullopt;
  const bool logs = app.get_subcommand("import")->got_subcommand("nccl-tests");
  return logs ? run_import(options.nccl_tests) : run_import(options.published_table);
}

void declare(CLI::App& app, Options& options) {
  app.description(
      "Compares measured, simulated and published times of the same experiments, and judges them against budgets.\n"
      "Exit codes: 0 fine, 1 gate failed (over budget, or a scored row without its partner), 2 could not run,\n"
      "4 inconclusive (too few launches, too noisy, or the interval straddles the budget).");
  app.add_option("--measured", options.measured,
                 "Records of one campaign written by ringtrue-bench (.jsonl), of one test bed or of several");
  app.add_option("--published", options.published, "Published references or predictions, validate/published/*/*.json");
  app.add_option("--simulated", options.simulated, "Records of ringtrue-sim or of an external simulator (.jsonl)");
  app.add_option("--replicated", options.replicated, "Published runs of a simulator, from ringtrue-sim replicate");
  CLI::Option* budgets =
      app.add_option("--budgets", options.budgets,
                     "What each model may be off at each scale (ci/budgets.json); without it no verdict");
  app.add_option("--scales", options.scales,
                 "What was asked for, e.g. host=2,4,8 cluster=2,4: budgets of scales neither named nor measured are "
                 "listed as not decided; without it they fail")
      ->needs(budgets);
  app.add_option("--precision", options.precision_percent,
                 "How well the campaign was to know its medians, in percent; the report says where it does not")
      ->check(CLI::Range(0.1, 100.0));
  app.add_option("--out", options.out, "Where the comparison is written (JSON), for ringtrue-report");
  add_precision(app, options);
  add_import(app, options);
  app.set_version_flag("--version", RINGTRUE_VERSION);
}

}  // namespace
}  // namespace ringtrue

int main(int argc, char** argv) {
  ringtrue::Options options;
  CLI::App app;
  try {
    ringtrue::declare(app, options);
    app.parse(argc, argv);
    if (const auto code = ringtrue::run_subcommand(app, options)) return *code;
    for (const char* needed : {"--measured", "--simulated", "--out"})
      if (app.count(needed) == 0) throw CLI::RequiredError(needed);
    return ringtrue::validate(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ringtrue::exit_fine : ringtrue::exit_could_not_run;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ringtrue-validate: {}\n", error.what());
    return ringtrue::exit_could_not_run;
  }
}
