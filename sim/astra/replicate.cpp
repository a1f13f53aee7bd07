#include "sim/astra/replicate.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "sim/astra/files/network_file.hpp"
#include "sim/astra/files/system_file.hpp"
#include "sim/astra/files/text_workload.hpp"
#include "sim/astra/simulate.hpp"

namespace ringtrue::astra {
namespace {

/// What all runs of a file share.
struct Setting {
  std::filesystem::path folder;
  SystemLayer system;
  std::map<std::string, Network> networks;
};

/// One published experiment. ASTRA-sim opens as many traces as there are NPUs and ignores the others.
struct Run {
  std::string name, printed_in, note;
  Network network;
  Workload workload;
  std::int64_t traces = 0;
  std::string what, order;
  bool cycles_as_microseconds = false;
  Json printed = Json::object();
};

std::map<std::string, Network> read_networks(ObjectReader& file) {
  const Json& json = file.at("networks");
  if (!json.is_object() || json.empty()) file.refuse("networks", "an object of networks by name");
  std::map<std::string, Network> networks;
  for (const auto& [name, network] : json.items())
    networks[name] = parse_network(network.dump(), fmt::format("{}/{}", file.where("networks"), name));
  return networks;
}

const Network& network_of(ObjectReader& reader, const Setting& setting) {
  const auto found = setting.networks.find(reader.text("network"));
  if (found != setting.networks.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, network] : setting.networks) names.push_back(name);
  reader.refuse("network", fmt::format("one of the file's networks: {}", fmt::join(names, ", ")));
}

TextOrder parse_order(ObjectReader& reader) {
  const std::string order = reader.text("order");
  if (order == "serial_chain") return TextOrder::serial_chain;
  if (order == "data_parallel") return TextOrder::data_parallel;
  reader.refuse("order", "serial_chain or data_parallel");
}

void read_workload(ObjectReader& reader, const Setting& setting, Run& run) {
  if (reader.has("collective")) {
    const Collective collective = parse_collective(reader.text("collective"), reader.where("collective"));
    const std::int64_t bytes = reader.integer("bytes", 1, max_bytes.count);
    run.workload = single_collective(collective, static_cast<std::uint64_t>(bytes));
    run.what = fmt::format("{} of {} B", to_string(collective), bytes);
    return;
  }
  const std::filesystem::path file = setting.folder / reader.text("workload");
  const TextConversion conversion{.order = parse_order(reader),
                                  .cycles_as_microseconds = reader.boolean("cycles_as_microseconds")};
  run.order = reader.text("order");
  run.cycles_as_microseconds = conversion.cycles_as_microseconds;
  run.workload.graphs.push_back(text_graph(read_text_workload(file), conversion, file.string()));
  run.what = file.stem().string();
}

Run read_run(const Json& json, const std::string& where, const Setting& setting) {
  ObjectReader reader(json, where);
  Run run;
  run.name = reader.text("name");
  run.printed_in = reader.text_or("printed_in", "");
  run.note = reader.text_or("note", "");
  run.network = network_of(reader, setting);
  run.traces = reader.integer("traces", 1, max_ranks);
  read_workload(reader, setting, run);
  if (reader.has("printed")) run.printed = reader.at("printed");
  reader.finish();
  return run;
}

/// As ASTRA-sim would run it: traces beyond the NPUs are not opened, too few are an error.
Json result(const Run& run, const SystemLayer& system) {
  Configuration configuration;
  configuration.network = run.network;
  configuration.system = system;
  Workload workload = run.workload;
  if (run.traces < npu_count(run.network)) workload.graph_of_rank.assign(static_cast<std::size_t>(run.traces), 0);
  try {
    const Prediction prediction = simulate(configuration, workload);
    return {{"total", prediction.cycles_max},
            {"compute", prediction.compute},
            {"communication", prediction.communication},
            {"exposed", prediction.exposed}};
  } catch (const Error& error) {
    const std::string text = error.what();
    return {{"error", text.substr(0, text.find('\n'))}};
  }
}

Json run_again(const Run& run, const SystemLayer& system) {
  double bandwidth = 0;
  for (const Dimension& dimension : run.network.dimensions)
    bandwidth = std::max(bandwidth, dimension.bandwidth_gib_per_s);
  return {{"name", run.name},
          {"printed_in", run.printed_in},
          {"what", run.what},
          {"npus", npu_count(run.network)},
          {"traces", run.traces},
          {"bandwidth_gib_per_s", bandwidth},
          {"order", run.order},
          {"cycles_as_microseconds", run.cycles_as_microseconds},
          {"note", run.note},
          {"printed", run.printed},
          {"result", result(run, system)}};
}

Json run_list(ObjectReader& file, const std::string& key, const Setting& setting) {
  const Json& list = file.at(key);
  if (!list.is_array()) file.refuse(key, "a list of runs");
  Json results = Json::array();
  for (const Json& entry : list)
    results.push_back(
        run_again(read_run(entry, fmt::format("{}/{}", file.where(key), results.size()), setting), setting.system));
  return results;
}

}  // namespace

std::string replicate(const std::filesystem::path& path) {
  const Json json = read_json_file(path);
  ObjectReader file(json, path.string());
  const Setting setting{.folder = path.parent_path(),
                        .system = parse_system(file.at("system").dump(), file.where("system")).system,
                        .networks = read_networks(file)};
  Json out{{"name", file.text("name")}, {"source", file.text("source")}};
  out["runs"] = run_list(file, "runs", setting);
  out["not_runs"] = file.has("not_runs") ? file.at("not_runs") : Json::array();
  out["corrected"] = file.text("corrected");
  out["corrections"] = run_list(file, "corrections", setting);
  file.finish();
  return out.dump(1) + "\n";
}

}  // namespace ringtrue::astra
