#include "validate/replication/replication.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

constexpr std::int64_t most_cycles = std::int64_t{1} << 62;

/// The keys of RunCycles, in the order of the file.
constexpr std::pair<const char*, std::optional<std::uint64_t> RunCycles::*> cycle_keys[] = {
    {"total", &RunCycles::total},
    {"compute", &RunCycles::compute},
    {"communication", &RunCycles::communication},
    {"exposed", &RunCycles::exposed}};

RunCycles read_cycles(ObjectReader& reader) {
  RunCycles cycles;
  for (const auto& [key, member] : cycle_keys)
    if (reader.has(key)) cycles.*member = static_cast<std::uint64_t>(reader.integer(key, 0, most_cycles));
  return cycles;
}

Json json_of(const RunCycles& cycles) {
  Json json = Json::object();
  for (const auto& [key, member] : cycle_keys)
    if (cycles.*member) json[key] = *(cycles.*member);
  return json;
}

ReplicatedRun read_run(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  ReplicatedRun run{.name = reader.text("name"),
                    .what = reader.text("what"),
                    .npus = reader.integer("npus", 1, most_cycles),
                    .traces = reader.integer("traces", 1, most_cycles),
                    .bandwidth_gib_per_s = reader.number("bandwidth_gib_per_s", {.lowest = 0}),
                    .order = reader.text("order"),
                    .cycles_as_microseconds = reader.boolean("cycles_as_microseconds"),
                    .why = reader.text("why")};
  ObjectReader printed(reader.at("printed"), reader.where("printed"));
  run.printed_failure = printed.has("failed") && printed.boolean("failed");
  run.printed = read_cycles(printed);
  printed.finish();
  ObjectReader result(reader.at("result"), reader.where("result"));
  if (result.has("error"))
    run.error = result.text("error");
  else
    run.result = read_cycles(result);
  result.finish();
  reader.finish();
  return run;
}

Json json_of(const ReplicatedRun& run) {
  Json printed = json_of(run.printed);
  if (run.printed_failure) printed["failed"] = true;
  return {{"name", run.name},
          {"what", run.what},
          {"npus", run.npus},
          {"traces", run.traces},
          {"bandwidth_gib_per_s", run.bandwidth_gib_per_s},
          {"order", run.order},
          {"cycles_as_microseconds", run.cycles_as_microseconds},
          {"why", run.why},
          {"printed", printed},
          {"result", run.error.empty() ? json_of(run.result) : Json{{"error", run.error}}}};
}

std::vector<ReplicatedRun> read_runs(ObjectReader& reader, const std::string& key) {
  const Json& list = reader.at(key);
  if (!list.is_array()) reader.refuse(key, "a list of runs");
  std::vector<ReplicatedRun> runs;
  for (const Json& json : list) runs.push_back(read_run(json, fmt::format("{}/{}", reader.where(key), runs.size())));
  return runs;
}

Json json_of(const std::vector<ReplicatedRun>& runs) {
  Json list = Json::array();
  for (const ReplicatedRun& run : runs) list.push_back(json_of(run));
  return list;
}

Replication read_common(ObjectReader& reader) {
  return {.name = reader.text("name"),
          .source = reader.text("source"),
          .runs = read_runs(reader, "runs"),
          .corrections = read_runs(reader, "corrections"),
          .flaws = {}};
}

}  // namespace

Replicated judge(const ReplicatedRun& run) {
  if (run.printed_failure) return run.error.empty() ? Replicated::differs : Replicated::failed_as_printed;
  if (!run.error.empty()) return Replicated::differs;
  for (const auto& [key, member] : cycle_keys)
    if (run.printed.*member && run.printed.*member != run.result.*member) return Replicated::differs;
  return Replicated::exact;
}

std::string_view to_string(Replicated replicated) {
  switch (replicated) {
    case Replicated::exact: return "exact";
    case Replicated::failed_as_printed: return "fails as printed";
    case Replicated::differs: return "DIFFERS";
  }
  throw std::logic_error("to_string: not a result of a replication");
}

Replication read_replication(const std::filesystem::path& path) {
  const Json json = read_json_file(path);
  ObjectReader reader(json, path.string());
  Replication replication = read_common(reader);
  reader.finish();
  replication.flaws = find_flaws(replication);
  return replication;
}

Json to_json(const Replication& replication) {
  Json flaws = Json::array();
  for (const Flaw& flaw : replication.flaws) flaws.push_back({{"rule", flaw.rule}, {"what", flaw.what}});
  return {{"name", replication.name},
          {"source", replication.source},
          {"runs", json_of(replication.runs)},
          {"corrections", json_of(replication.corrections)},
          {"flaws", flaws}};
}

Replication parse_replication(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Replication replication = read_common(reader);
  const Json& flaws = reader.at("flaws");
  if (!flaws.is_array()) reader.refuse("flaws", "a list");
  for (const Json& entry : flaws) {
    ObjectReader flaw(entry, reader.where("flaws"));
    replication.flaws.push_back({.rule = flaw.text("rule"), .what = flaw.text("what")});
    flaw.finish();
  }
  reader.finish();
  return replication;
}

}  // namespace ringtrue
