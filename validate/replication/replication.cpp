#include "validate/replication/replication.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/experiment.hpp"

namespace ringtrue {
namespace {

constexpr std::int64_t most_cycles = std::int64_t{1} << 62;
constexpr NumberRange bandwidth_range{0, 1e9};

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

std::string read_order(ObjectReader& reader) {
  std::string order = reader.text("order");
  if (!order.empty() && order != "serial_chain" && order != "data_parallel")
    reader.refuse("order", "serial_chain, data_parallel or an empty text");
  return order;
}

void read_printed(ObjectReader& parent, ReplicatedRun& run) {
  ObjectReader reader(parent.at("printed"), parent.where("printed"));
  run.printed_failure = reader.has("failed") && reader.boolean("failed");
  run.printed = read_cycles(reader);
  if (run.printed_failure && run.printed != RunCycles{}) parent.refuse("printed", "either a failure or cycles");
  reader.finish();
}

void read_result(ObjectReader& parent, ReplicatedRun& run) {
  ObjectReader reader(parent.at("result"), parent.where("result"));
  if (reader.has("error")) {
    run.error = reader.text("error");
    if (run.error.empty()) reader.refuse("error", "a text that says why");
  } else {
    run.result = read_cycles(reader);
    if (!run.result.total) reader.refuse("total", "the cycles of the run, or an 'error' beside it");
  }
  reader.finish();
}

ReplicatedRun read_run(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  ReplicatedRun run{.name = reader.text("name"),
                    .printed_in = reader.text("printed_in"),
                    .what = reader.text("what"),
                    .npus = reader.integer("npus", 1, max_ranks),
                    .traces = reader.integer("traces", 1, max_ranks),
                    .bandwidth_gib_per_s = reader.number("bandwidth_gib_per_s", bandwidth_range),
                    .order = read_order(reader),
                    .cycles_as_microseconds = reader.boolean("cycles_as_microseconds"),
                    .note = reader.text("note")};
  read_printed(reader, run);
  read_result(reader, run);
  reader.finish();
  return run;
}

Json json_of(const ReplicatedRun& run) {
  Json printed = json_of(run.printed);
  if (run.printed_failure) printed["failed"] = true;
  return {{"name", run.name},
          {"printed_in", run.printed_in},
          {"what", run.what},
          {"npus", run.npus},
          {"traces", run.traces},
          {"bandwidth_gib_per_s", run.bandwidth_gib_per_s},
          {"order", run.order},
          {"cycles_as_microseconds", run.cycles_as_microseconds},
          {"note", run.note},
          {"printed", printed},
          {"result", run.error.empty() ? json_of(run.result) : Json{{"error", run.error}}}};
}

NotARun read_not_a_run(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  NotARun entry{.name = reader.text("name"), .printed_in = reader.text("printed_in"), .why = reader.text("why")};
  reader.finish();
  return entry;
}

Json json_of(const NotARun& entry) {
  return {{"name", entry.name}, {"printed_in", entry.printed_in}, {"why", entry.why}};
}

template <class Read>
auto read_list(ObjectReader& reader, const std::string& key, Read read) {
  const Json& list = reader.at(key);
  if (!list.is_array()) reader.refuse(key, "a list");
  std::vector<decltype(read(list, ""))> values;
  for (const Json& json : list) values.push_back(read(json, fmt::format("{}/{}", reader.where(key), values.size())));
  return values;
}

template <class T>
Json list_of(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(json_of(value));
  return list;
}

double share(double exposed, double compute) { return exposed == 0 ? 0 : exposed / (exposed + compute); }

double number_of(const std::optional<std::uint64_t>& cycles) { return static_cast<double>(cycles.value_or(0)); }

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
    case Replicated::failed_as_printed: return "fails too";
    case Replicated::differs: return "DIFFERS";
  }
  throw std::logic_error("to_string: not a result of a replication");
}

double overhead(const RunCycles& cycles) { return share(number_of(cycles.exposed), number_of(cycles.compute)); }

double overhead_in_own_unit(const ReplicatedRun& run) {
  const double slip = run.cycles_as_microseconds ? 1000 : 1;
  return share(number_of(run.result.exposed), number_of(run.result.compute) / slip);
}

const ReplicatedRun* correction_of(const Replication& replication, const std::string& what, std::int64_t npus,
                                   std::string_view order) {
  for (const ReplicatedRun& run : replication.corrections)
    if (run.what == what && run.npus == npus && run.order == order && run.error.empty()) return &run;
  return nullptr;
}

std::string cycles_text(const std::optional<std::uint64_t>& cycles) { return cycles ? grouped(*cycles) : "-"; }

ReplicationFile read_replication(const std::filesystem::path& path) {
  const std::string text = read_text_file(path);
  return {.name = path.string(),
          .hash = content_hash(text),
          .replication = parse_replication(parse_json(text, path.string()), path.string())};
}

Json to_json(const Replication& replication) {
  return {{"name", replication.name},           {"source", replication.source},
          {"runs", list_of(replication.runs)},  {"not_runs", list_of(replication.not_runs)},
          {"corrected", replication.corrected}, {"corrections", list_of(replication.corrections)}};
}

Replication parse_replication(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Replication replication{.name = reader.text("name"),
                          .source = reader.text("source"),
                          .runs = read_list(reader, "runs", read_run),
                          .not_runs = read_list(reader, "not_runs", read_not_a_run),
                          .corrected = reader.text("corrected"),
                          .corrections = read_list(reader, "corrections", read_run)};
  reader.finish();
  return replication;
}

}  // namespace ringtrue
