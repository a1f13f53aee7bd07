// What nccl-tests writes with -J: one object with args, env, config (with the first GPU of each process as devices) and
// results. Versions add keys, so that unknown ones are let pass; those read here are read strictly.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "validate/import/nccl_tests_run.hpp"
#include "validate/import/text_lines.hpp"

namespace ringtrue {
namespace {

constexpr std::int64_t newest_json = 2;
constexpr std::int64_t most_of_anything = 1'000'000'000'000;

const Json& json_list(ObjectReader& reader, const std::string& key) {
  const Json& list = reader.at(key);
  if (!list.is_array() || list.size() > most_printed_rows)
    reader.refuse(key, fmt::format("a list of at most {} entries", most_printed_rows));
  return list;
}

/// Numbers stand under our names, those of the text output.
std::map<std::string, std::int64_t> json_settings(ObjectReader& config) {
  constexpr std::pair<const char*, const char*> names[] = {{"nthreads", "nThread"},
                                                           {"ngpus", "nGpus"},
                                                           {"minimum_bytes", "minBytes"},
                                                           {"maximum_bytes", "maxBytes"},
                                                           {"warmup_iters", "warmup iters"},
                                                           {"iterations", "iters"},
                                                           {"aggregated_iterations", "agg iters"},
                                                           {"validation", "validation"},
                                                           {"graph", "graph"}};
  std::map<std::string, std::int64_t> settings;
  for (const auto& [theirs, ours] : names)
    if (config.has(theirs)) settings[ours] = config.integer(theirs, 0, most_of_anything);
  return settings;
}

std::vector<PrintedDevice> json_devices(ObjectReader& config) {
  std::vector<PrintedDevice> devices;
  for (const Json& json : json_list(config, "devices")) {
    ObjectReader reader(json, fmt::format("{}/{}", config.where("devices"), devices.size()));
    if (reader.has("group") && reader.integer("group", 0, max_ranks) != 0)
      reader.refuse("group", "0: several groups of ranks at once (NCCL_TESTS_SPLIT) are not one collective");
    devices.push_back({.rank = reader.integer("rank", 0, max_ranks),
                       .process = reader.integer("pid", 0, most_of_anything),
                       .host = reader.text("hostname"),
                       .name = reader.text_or("device_info", "")});
  }
  return devices;
}

/// NCCL's variables alone: the rest of an environment is nobody's business.
std::map<std::string, std::string> json_environment(const std::vector<std::string>& all) {
  std::map<std::string, std::string> own;
  for (const std::string& variable : all) {
    const std::size_t equals = variable.find('=');
    if (variable.starts_with("NCCL_") && equals != std::string::npos)
      own[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return own;
}

std::optional<PrintedTime> json_time(ObjectReader& row, const std::string& key) {
  if (!row.has(key)) return std::nullopt;
  ObjectReader reader(row.at(key), row.where(key));
  if (reader.has("cpu_time"))
    reader.refuse("cpu_time", "time: how long the CPU took to ask (-C 1) is not how long the collective took");
  const Json& time = reader.at("time");
  PrintedTime printed{.time = printed_time(time.is_number() ? std::optional(time.get<double>()) : std::nullopt,
                                           time.dump(), reader.where("time")),
                      .wrong = {}};
  if (reader.has("nwrong")) printed.wrong = reader.number("nwrong", {0, 1e18});
  return printed;
}

void take_json_row(const Json& json, const std::string& where, NcclTestsRun& run) {
  ObjectReader reader(json, where);
  const std::int64_t size = reader.integer("size", 0, max_bytes.count);
  if (size == 0) {
    ++run.empty_rows;
    return;
  }
  PrintedRow row{.where = where,
                 .size = {size},
                 .type = reader.text("type"),
                 .redop = reader.text_or("redop", ""),
                 .root = whole_number(trimmed(reader.text_or("root", ""))),
                 .out_of_place = json_time(reader, "out_of_place"),
                 .in_place = json_time(reader, "in_place"),
                 .iterations = {}};
  if (reader.has("actual_iterations")) row.iterations = reader.integer("actual_iterations", 1, 1'000'000'000);
  if (!row.out_of_place && !row.in_place) reader.refuse("out_of_place", "a time, here or under in_place");
  run.rows.push_back(std::move(row));
}

Json parsed_json(std::string_view text, const std::string& name) {
  try {
    return parse_json(text, name);
  } catch (const Error& error) {
    throw Error(
        fmt::format("{}; if the run was cut short, give the text that it printed instead of its JSON", error.what()));
  }
}

}  // namespace

NcclTestsLog read_nccl_tests_json(std::string_view text, const std::string& name) {
  const Json json = parsed_json(text, name);
  ObjectReader reader(json, name);
  reader.integer("version", 1, newest_json);
  NcclTestsRun run;
  run.where = name;
  run.arguments = reader.texts("args");
  if (!run.arguments.empty()) run.program = run.arguments[0].substr(run.arguments[0].rfind('/') + 1);
  if (reader.has("env")) run.environment = json_environment(reader.texts("env"));
  if (reader.has("nccl_version")) run.nccl_version = nccl_version_text(reader.integer("nccl_version", 0, 10'000'000));
  ObjectReader config(reader.at("config"), reader.where("config"));
  run.settings = json_settings(config);
  run.devices = json_devices(config);
  for (const Json& row : json_list(reader, "results"))
    take_json_row(row, fmt::format("{}/{}", reader.where("results"), run.rows.size() + run.empty_rows), run);
  NcclTestsLog log;
  if (!reader.has("end_time") || !reader.has("out_of_bounds"))
    log.warnings.push_back(
        fmt::format("{}: ends without end_time or out_of_bounds: the run was cut short; its {} rows are taken", name,
                    run.rows.size()));
  log.runs.push_back(std::move(run));
  return log;
}

}  // namespace ringtrue
