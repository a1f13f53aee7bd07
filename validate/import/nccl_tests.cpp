// From tables of nccl-tests to measured records. nccl-tests prints one number a row: the mean over iterations, which by
// default is then averaged over ranks. All five numbers of a record's summary are that mean, as nothing else is known.
#include "validate/import/nccl_tests.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"
#include "validate/import/nccl_tests_place.hpp"
#include "validate/import/nccl_tests_run.hpp"
#include "validate/import/nccl_tests_words.hpp"
#include "validate/import/text_lines.hpp"

namespace ringtrue {
namespace {

constexpr std::string_view known_programs =
    "all_reduce, reduce_scatter, all_gather, alltoall, broadcast and sendrecv (with or without _perf)";

/// What all rows of a run have in common.
struct RunContext {
  const NcclTestsRun& run;
  RunPlace place;
  std::string system_id;
  CollectiveRun asked;
  Clock clock = Clock::mean_of_ranks;
  int launch = 0;
};

NcclTestsLog read_log(const NamedText& log) {
  const std::size_t first = log.text.find_first_not_of(" \t\r\n");
  const bool json = first != std::string::npos && log.text[first] == '{';
  return json ? read_nccl_tests_json(log.text, log.name) : read_nccl_tests_text(log.text, log.name);
}

/// What the program says of itself, then the user's word, then a command line in the log, then the file's name.
Collective collective_of_run(const NcclTestsRun& run, const std::string& file, const NcclTestsOptions& options) {
  const std::optional<Collective> own = collective_named(run.program);
  if (!run.program.empty() && !own)
    throw Error(fmt::format("{}: the program {} is not one whose collective we know; known are {}", run.where,
                            excerpt(run.program), known_programs));
  if (own && options.collective && *own != *options.collective)
    throw Error(fmt::format("{}: the program is {}, but --collective says {}; leave --collective out", run.where,
                            excerpt(run.program), to_string(*options.collective)));
  if (own) return *own;
  if (options.collective) return *options.collective;
  const std::string name = std::filesystem::path(file).filename().string();
  for (const std::string& text : {run.named_program, name})
    if (const std::optional<Collective> named = collective_named(text)) return *named;
  throw Error(
      fmt::format("{}: neither the log nor its name says which collective it is of; say it with --collective, or name "
                  "the file after {}",
                  run.where, known_programs));
}

/// -a: 0 the time of rank 0, 1 their mean (the default), 2 the shortest, 3 the longest. Only JSON tells.
Clock clock_of_run(const NcclTestsRun& run) {
  std::string average = "1";
  for (std::size_t i = 0; i < run.arguments.size(); ++i) {
    const std::string& argument = run.arguments[i];
    const bool apart = argument == "-a" || argument == "--average";
    if (apart && i + 1 < run.arguments.size()) average = run.arguments[i + 1];
    if (!apart && argument.starts_with("-a")) average = argument.substr(2);
    if (argument.starts_with("--average=")) average = argument.substr(10);
  }
  if (average == "1") return Clock::mean_of_ranks;
  throw Error(
      fmt::format("{}: run with -a {}, but only the mean over ranks is read (-a 1, the default); run it again without",
                  run.where, excerpt(average)));
}

const std::string* environment_of(const NcclTestsRun& run, const std::string& variable) {
  const auto found = run.environment.find(variable);
  return found == run.environment.end() ? nullptr : &found->second;
}

CollectiveRun asked_of_run(const NcclTestsRun& run, Collective collective, const NcclTestsOptions& options,
                           std::vector<std::string>& warnings) {
  CollectiveRun asked;
  asked.collective = collective;
  const std::string* algorithm = environment_of(run, "NCCL_ALGO");
  const std::string* protocol = environment_of(run, "NCCL_PROTO");
  const std::optional<Algorithm> forced =
      algorithm == nullptr ? Algorithm::library : algorithm_forced(*algorithm, collective);
  asked.algorithm = options.algorithm.value_or(forced.value_or(Algorithm::library));
  asked.protocol = options.protocol;
  if (!asked.protocol && protocol != nullptr) asked.protocol = protocol_forced(*protocol);
  const auto warn = [&](const char* variable, const std::string& value) {
    warnings.push_back(fmt::format("{}: {}={} has no name here; its rows are taken as the library's choice", run.where,
                                   variable, excerpt(value)));
  };
  if (!options.algorithm && !forced) warn("NCCL_ALGO", *algorithm);
  if (!asked.protocol && protocol != nullptr) warn("NCCL_PROTO", *protocol);
  return asked;
}

RunContext context_of_run(const NcclTestsRun& run, const NamedText& log, const NcclTestsOptions& options,
                          std::vector<std::string>& warnings) {
  RunContext context{.run = run, .place = place_of_run(run), .system_id = "", .asked = {}};
  const std::optional<LaunchMode> launch = options.launch ? options.launch : context.place.launch;
  if (!launch)
    warnings.push_back(
        fmt::format("{}: neither one process per node nor one per GPU: the system_id says nothing of how ranks were "
                    "started; --launch-mode can",
                    run.where));
  context.system_id = system_id(
      GpuSystem{.testbed = options.testbed, .nodes = context.place.nodes, .fabric = options.fabric, .launch = launch});
  context.asked = asked_of_run(run, collective_of_run(run, log.name, options), options, warnings);
  context.clock = clock_of_run(run);
  return context;
}

Json log_json(const RunContext& context, const NamedText& log) {
  const NcclTestsRun& run = context.run;
  Json json{{"launch", context.launch},
            {"file", excerpt(log.name, 1000)},
            {"hash", content_hash(log.text)},
            {"program", to_string(context.asked.collective)},
            {"tool", run.tool},
            {"tool_version", run.version.empty() ? "unknown" : excerpt(run.version)},
            {"nccl_version", run.nccl_version.empty() ? "unknown" : excerpt(run.nccl_version)},
            {"system_id", context.system_id},
            {"ranks", context.place.ranks}};
  const auto shown = [](const std::vector<std::string>& all) {
    Json list = Json::array();
    for (const std::string& text : all) list.push_back(excerpt(text, 200));
    return list;
  };
  json["hosts"] = shown(context.place.hosts);
  json["devices"] = shown(context.place.gpus);
  json["settings"] = run.settings;
  if (!run.arguments.empty()) json["arguments"] = shown(run.arguments);
  for (const auto& [variable, value] : run.environment)
    json["nccl_environment"][excerpt(variable, 200)] = excerpt(value, 200);
  return json;
}

class NcclTestsImporter {
 public:
  explicit NcclTestsImporter(const NcclTestsOptions& options) : options_(options) {}

  void take(const NamedText& log, int launch) {
    NcclTestsLog read = read_log(log);
    imported_.warnings.insert(imported_.warnings.end(), read.warnings.begin(), read.warnings.end());
    const std::size_t before = imported_.file.records.size();
    for (const NcclTestsRun& run : read.runs) {
      RunContext context = context_of_run(run, log, options_, imported_.warnings);
      context.launch = launch;
      take_run(context);
      logs_.push_back(log_json(context, log));
    }
    if (imported_.file.records.size() == before)
      throw Error(
          fmt::format("{}: no row that can be taken; rows of more than 0 bytes, of float or double, summed where "
                      "something is reduced, are (-d float -o sum)",
                      log.name));
  }

  ImportedRecords finish() {
    imported_.file.contexts.push_back(
        {{"tool", "ringtrue-validate import nccl-tests"},
         {"version", RINGTRUE_VERSION},
         {"campaign", options_.campaign},
         {"clock", to_string(Clock::mean_of_ranks)},
         {"time_s",
          "one printed number a row: the mean over iterations, averaged over ranks (nccl-tests -a 1, its "
          "default); min, quartiles, median and max are that number, not known apart"},
         {"canary", "none was taken: the machine's state is unknown"},
         {"logs", std::move(logs_)}});
    return std::move(imported_);
  }

 private:
  void take_run(const RunContext& context) {
    std::map<std::string, int> left_out;
    for (const PrintedRow& row : context.run.rows) take_row(context, row, left_out);
    if (context.run.empty_rows > 0) left_out["0 bytes"] += static_cast<int>(context.run.empty_rows);
    for (const auto& [reason, rows] : left_out)
      imported_.warnings.push_back(
          fmt::format("{}: no experiment is of {}; left out: {}", context.run.where, reason, rows));
  }

  void take_row(const RunContext& context, const PrintedRow& row, std::map<std::string, int>& left_out) {
    const std::optional<DataType> dtype = data_type_named(row.type);
    const bool reduces = reduces_values(context.asked.collective);
    if (!dtype) ++left_out["type " + excerpt(row.type)];
    if (dtype && reduces && row.redop != "sum") ++left_out["redop '" + excerpt(row.redop) + "'"];
    if (!dtype || (reduces && row.redop != "sum")) return;
    CollectiveRun asked = context.asked;
    asked.bytes = row.size;
    asked.dtype = dtype;
    if (reduces) asked.op = ReduceOp::sum;
    if (asked.collective == Collective::broadcast) asked.root = root_of(row, context.place.ranks);
    const bool checked = row.out_of_place && row.out_of_place->wrong;
    asked.in_place = false;
    if (row.out_of_place) take_time(context, row, asked, *row.out_of_place, Purpose::score);
    asked.in_place = true;
    // nccl-tests has no way to check an alltoall in place: N/A beside a checked neighbour.
    const bool never_checked = checked && row.in_place && !row.in_place->wrong;
    if (row.in_place) take_time(context, row, asked, *row.in_place, never_checked ? Purpose::show : Purpose::score);
  }

  static std::optional<int> root_of(const PrintedRow& row, int ranks) {
    if (!row.root) return std::nullopt;
    if (*row.root < 0 || *row.root >= ranks)
      throw Error(fmt::format("{}: root {} found among {} ranks; it takes one of them", row.where, *row.root, ranks));
    return static_cast<int>(*row.root);
  }

  void take_time(const RunContext& context, const PrintedRow& row, const CollectiveRun& asked,
                 const PrintedTime& printed, Purpose purpose) {
    const auto iterations = context.run.settings.find("iters");
    const std::int64_t n = row.iterations.value_or(iterations == context.run.settings.end() ? 1 : iterations->second);
    Measurement m;
    m.purpose = purpose;
    m.time = {.n = static_cast<std::size_t>(std::max<std::int64_t>(1, n)),
              .min = printed.time,
              .q1 = printed.time,
              .median = printed.time,
              .q3 = printed.time,
              .max = printed.time};
    m.clock = context.clock;
    m.verified = printed.wrong == 0;
    imported_.unverified += purpose == Purpose::score && !m.verified ? 1 : 0;
    imported_.shown += purpose == Purpose::show ? 1 : 0;
    const NcclTestsRun& run = context.run;
    Record record{.experiment = {.workload = asked, .ranks = context.place.ranks},
                  .system_id = context.system_id,
                  .source = run.version.empty() ? run.tool : run.tool + " " + excerpt(run.version),
                  .campaign = options_.campaign,
                  .launch = context.launch,
                  .result = m};
    if (printed.wrong.value_or(0) > 0) take_wrong(record, row, *printed.wrong);
    add(std::move(record), row.where);
  }

  void take_wrong(const Record& record, const PrintedRow& row, double elements) {
    ++imported_.wrong;
    imported_.warnings.push_back(
        fmt::format("{}: the result of {} was wrong ({:g} elements, or by that much in old versions)", row.where,
                    experiment_key(record.experiment), elements));
  }

  void add(Record record, const std::string& where) {
    const auto [found, added] = places_.try_emplace(record_id(record), where);
    if (!added)
      throw Error(
          fmt::format("{}: {} stands already at {}; a file is one launch of each experiment: give repeated runs (-N) a "
                      "file each",
                      where, experiment_key(record.experiment), found->second));
    imported_.file.records.push_back(std::move(record));
  }

  const NcclTestsOptions& options_;
  Json logs_ = Json::array();
  std::map<std::string, std::string> places_;  ///< Of each record_id.
  ImportedRecords imported_;
};

}  // namespace

ImportedRecords import_nccl_tests(std::span<const NamedText> logs, const NcclTestsOptions& options) {
  system_word(options.testbed, "--testbed");
  system_word(options.fabric, "--fabric");
  NcclTestsImporter importer(options);
  for (std::size_t i = 0; i < logs.size(); ++i) importer.take(logs[i], static_cast<int>(i));
  return importer.finish();
}

}  // namespace ringtrue
