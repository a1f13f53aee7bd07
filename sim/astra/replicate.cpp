#include "sim/astra/replicate.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "sim/astra/files/network_file.hpp"
#include "sim/astra/files/system_file.hpp"
#include "sim/astra/files/text_workload.hpp"
#include "sim/astra/simulate.hpp"

namespace ringtrue::astra {
namespace {

/// One published experiment. ASTRA-sim opens as many traces as there are NPUs and ignores the others.
struct Run {
  Network network;
  Workload workload;
  std::int64_t traces = 0;
  std::string what, order;
  bool cycles_as_microseconds = false;
};

TextOrder parse_order(const std::string& order, const std::string& where) {
  if (order == "serial_chain") return TextOrder::serial_chain;
  if (order == "data_parallel") return TextOrder::data_parallel;
  throw Error(fmt::format("{}: order '{}'; allowed: serial_chain, data_parallel", where, order));
}

Run read_run(ObjectReader& reader, const std::filesystem::path& folder) {
  Run run;
  run.network = parse_network(reader.at("network").dump(), reader.where("network"));
  run.traces = reader.integer("traces", 1, max_ranks);
  if (reader.has("collective")) {
    const Collective collective = parse_collective(reader.text("collective"), reader.where("collective"));
    const std::int64_t bytes = reader.integer("bytes", 1, std::int64_t{1} << 50);
    run.workload = single_collective(collective, static_cast<std::uint64_t>(bytes));
    run.what = fmt::format("{} of {} B", to_string(collective), bytes);
    return run;
  }
  const std::filesystem::path file = folder / reader.text("workload");
  run.order = reader.text("order");
  run.cycles_as_microseconds = reader.boolean("cycles_as_microseconds");
  const TextWorkload text = read_text_workload(file);
  run.workload.graphs.push_back(text_graph(
      text,
      {.order = parse_order(run.order, reader.where("order")), .cycles_as_microseconds = run.cycles_as_microseconds},
      file.string()));
  run.what = file.stem().string();
  return run;
}

Json description(const Run& run) {
  double bandwidth = 0;
  for (const Dimension& dimension : run.network.dimensions)
    bandwidth = std::max(bandwidth, dimension.bandwidth_gib_per_s);
  Json json{
      {"what", run.what}, {"npus", npu_count(run.network)}, {"traces", run.traces}, {"bandwidth_gib_per_s", bandwidth}};
  json["order"] = run.order;
  json["cycles_as_microseconds"] = run.cycles_as_microseconds;
  return json;
}

/// As ASTRA-sim would run it: traces beyond the NPUs are not opened, too few are an error.
Json result(Run run, const SystemLayer& system) {
  Configuration configuration;
  configuration.network = run.network;
  configuration.system = system;
  const std::int64_t npus = npu_count(run.network);
  if (run.traces < npus) run.workload.graph_of_rank.assign(static_cast<std::size_t>(run.traces), 0);
  try {
    const Prediction prediction = simulate(configuration, run.workload);
    return {{"total", prediction.cycles_max},
            {"compute", prediction.compute},
            {"communication", prediction.communication},
            {"exposed", prediction.exposed}};
  } catch (const Error& error) {
    const std::string text = error.what();
    return {{"error", text.substr(0, text.find('\n'))}};
  }
}

Json run_list(ObjectReader& file, const std::string& key, const SystemLayer& system,
              const std::filesystem::path& folder) {
  const Json& list = file.at(key);
  if (!list.is_array()) file.refuse(key, "a list of runs");
  Json results = Json::array();
  for (const Json& entry : list) {
    ObjectReader reader(entry, fmt::format("{}/{}", file.where(key), results.size()));
    const std::string name = reader.text("name");
    const Run run = read_run(reader, folder);
    Json json{{"name", name}};
    json.update(description(run));
    json["why"] = reader.text_or("why", "");
    json["printed"] = reader.has("printed") ? reader.at("printed") : Json::object();
    json["result"] = result(run, system);
    reader.finish();
    results.push_back(std::move(json));
  }
  return results;
}

}  // namespace

std::string replicate(const std::filesystem::path& path) {
  const Json json = read_json_file(path);
  ObjectReader file(json, path.string());
  const SystemFile system = parse_system(file.at("system").dump(), file.where("system"));
  Json out{{"name", file.text("name")}, {"source", file.text("source")}};
  out["runs"] = run_list(file, "runs", system.system, path.parent_path());
  out["corrections"] = run_list(file, "corrections", system.system, path.parent_path());
  file.finish();
  return out.dump(1) + "\n";
}

}  // namespace ringtrue::astra
