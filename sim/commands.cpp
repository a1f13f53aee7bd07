#include "sim/commands.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/ablation.hpp"
#include "sim/calibrate.hpp"
#include "sim/expand.hpp"
#include "sim/platform.hpp"
#include "sim/published/crossvalidate.hpp"
#include "sim/published/reference.hpp"
#include "sim/simgrid/records.hpp"
#include "sim/simgrid/runs.hpp"
#include "sim/simulate.hpp"

namespace ringtrue::command {
namespace {

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

}  // namespace

void calibrate(const Options& options) {
  if (!options.references.empty()) return calibrate_published(options);
  if (options.measured.empty()) throw Error("calibrate needs --measured, or --reference and --platform");
  const std::vector<Platform> platforms = fit(collect_calibration(read_all(options.measured)));
  write_text_file(options.out, platform_file_text(platforms));
  fmt::print("{}: {} platforms, fitted on {} calibration records\n", options.out, platforms.size(),
             platforms.front().fitted_on.size());
}

void run(const Options& options) {
  const std::vector<PlatformFile> platforms = read_platforms(options);
  if (options.suites.empty() == options.references.empty()) throw Error("run needs either --suite or --reference");
  if (!options.references.empty()) {
    const std::vector<Reference> references = read_references(options.references);
    for (const auto& [reason, rows] : refusals(references, platforms))
      fmt::print(stderr, "ringtrue-sim: {} rows are not predicted: {}\n", rows, reason);
    return write_simulated(options, simulate_references(references, platforms));
  }
  const std::vector<Suite> suites = asked_for(options);
  RecordFile simulated = simulate_suites(suites, platforms);
  if (!options.resample.empty())
    add_replicates(simulated, suites, collect_calibration(read_all(options.resample)),
                   {.draws = options.replicates, .seed = options.seed});
  write_simulated(options, simulated);
}

void crossvalidate(const Options& options) {
  write_simulated(options, ringtrue::crossvalidate(read_references(options.references), read_platforms(options),
                                                   parse_fold(options.by)));
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

}  // namespace ringtrue::command
