#include "sim/astra/command.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "experiment/spelling.hpp"
#include "sim/astra/files/chakra_file.hpp"
#include "sim/astra/files/group_file.hpp"
#include "sim/astra/files/network_file.hpp"
#include "sim/astra/files/system_file.hpp"
#include "sim/astra/files/text_workload.hpp"

namespace ringtrue::astra {
namespace {

constexpr std::size_t most_listed = 4096;

template <std::size_t N>
std::size_t choice(const std::string& option, const std::string& value,
                   const std::array<std::string_view, N>& allowed) {
  const auto found = std::ranges::find(allowed, value);
  if (found == allowed.end())
    throw Error(
        fmt::format("{} '{}'{}; allowed: {}", option, value, did_you_mean(value, allowed), fmt::join(allowed, ", ")));
  return static_cast<std::size_t>(found - allowed.begin());
}

Workload collective_workload(const Request& request) {
  if (request.bytes.empty()) throw Error("--collective needs --bytes, for instance --bytes 1MiB");
  const Collective collective = parse_collective(request.collective, "--collective");
  if (collective == Collective::broadcast)
    throw Error(
        "--collective broadcast: ASTRA-sim only replays a given duration for it; allowed: all_reduce, reduce_scatter, "
        "all_gather, all_to_all");
  const Bytes bytes = parse_bytes(request.bytes, "--bytes");
  if (bytes.count < 1) throw Error("--bytes 0: a collective moves at least 1 byte");
  return single_collective(collective, static_cast<std::uint64_t>(bytes.count));
}

Workload traced_workload(const Request& request, std::int64_t npus, bool tracks_memory,
                         std::vector<std::string>& warnings) {
  if (!std::filesystem::exists(request.workload + ".0.et") && std::filesystem::is_regular_file(request.workload)) {
    Workload workload;
    workload.graphs.push_back(
        text_graph(read_text_workload(request.workload),
                   {.order = request.serial_chain ? TextOrder::serial_chain : TextOrder::data_parallel,
                    .cycles_as_microseconds = request.cycles_as_microseconds,
                    .passes = request.passes},
                   request.workload));
    return workload;
  }
  Traces traces = read_chakra(request.workload, npus, request.ignore_extra_traces);
  warnings.insert(warnings.end(), traces.warnings.begin(), traces.warnings.end());
  if (tracks_memory && !traces.list_tensors)
    throw Error(fmt::format(
        "{}: track-local-mem is 1, but the traces {}.*.et do not list inputs and outputs of every node: ASTRA-sim "
        "stops there without a result and with exit code 0; set it to 0",
        request.system, request.workload));
  return std::move(traces.workload);
}

void check_remote_memory(const std::string& file) {
  const Json json = read_json_file(file);
  ObjectReader reader(json, file);
  if (const std::string type = reader.text("memory-type"); type != "NO_MEMORY_EXPANSION")
    throw Error(fmt::format("{}: memory-type is '{}'; only NO_MEMORY_EXPANSION is modelled", file, excerpt(type)));
}

Json to_json(const Prediction& prediction) {
  Json json{{"npus", prediction.npus},
            {"cycles_max", prediction.cycles_max},
            {"cycles_min", prediction.cycles_min},
            {"compute_cycles", prediction.compute},
            {"comm_cycles", prediction.communication},
            {"exposed_comm_cycles", prediction.exposed}};
  if (static_cast<std::size_t>(prediction.npus) <= most_listed)
    json["cycles"] = prediction.cycles.empty()
                         ? std::vector<Cycles>(static_cast<std::size_t>(prediction.npus), prediction.cycles_max)
                         : prediction.cycles;
  json["path"] = prediction.path == Path::symmetric ? "symmetric" : "event";
  json["warnings"] = prediction.warnings;
  return json;
}

}  // namespace

Prediction run(const Request& request) {
  if (request.workload.empty() == request.collective.empty()) throw Error("give either --workload or --collective");
  constexpr std::array<std::string_view, 2> backends{"congestion_aware", "congestion_unaware"};
  constexpr std::array<std::string_view, 3> paths{"auto", "event", "symmetric"};
  Configuration configuration;
  configuration.network = read_network_file(request.network);
  configuration.backend = static_cast<Backend>(choice("--backend", request.backend, backends));
  configuration.queues_per_dim = request.queues_per_dim;
  configuration.injection_scale = request.injection_scale;
  const auto path = static_cast<Path>(choice("--path", request.path, paths));
  SystemFile system = read_system_file(request.system);
  configuration.system = std::move(system.system);
  std::vector<std::string> warnings = std::move(system.warnings);
  const std::int64_t npus = npu_count(configuration.network);
  Workload workload = request.collective.empty() ? traced_workload(request, npus, system.tracks_local_memory, warnings)
                                                 : collective_workload(request);
  if (!request.remote_memory.empty()) check_remote_memory(request.remote_memory);
  if (!request.comm_group.empty()) workload.groups = read_group_file(request.comm_group, npus);
  Prediction prediction = simulate(configuration, workload, path);
  prediction.warnings.insert(prediction.warnings.begin(), warnings.begin(), warnings.end());
  return prediction;
}

std::string json_text(const Prediction& prediction) { return to_json(prediction).dump() + "\n"; }

std::string table_text(const Prediction& prediction, const Request& request) {
  const std::string what =
      request.collective.empty() ? request.workload : fmt::format("{} of {}", request.collective, request.bytes);
  std::string text = fmt::format("{} on {} NPUs, {}, {} path; 1 cycle = 1 ns\n", what, prediction.npus, request.backend,
                                 prediction.path == Path::symmetric ? "symmetric" : "event");
  const auto line = [&text](std::string_view name, std::uint64_t cycles) {
    text += fmt::format("  {:<28}{:>20}\n", name, grouped(cycles));
  };
  line("last rank ends", prediction.cycles_max);
  if (prediction.cycles_min != prediction.cycles_max) line("first rank ends", prediction.cycles_min);
  line("GPU compute", prediction.compute);
  line("communication", prediction.communication);
  line("exposed communication", prediction.exposed);
  return text;
}

}  // namespace ringtrue::astra
