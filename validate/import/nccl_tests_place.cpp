#include "validate/import/nccl_tests_place.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

std::int64_t setting_or(const NcclTestsRun& run, const std::string& key, std::int64_t otherwise) {
  const auto found = run.settings.find(key);
  return found == run.settings.end() ? otherwise : found->second;
}

std::size_t count_processes(const NcclTestsRun& run) {
  std::set<std::pair<std::string, std::int64_t>> processes;
  for (const PrintedDevice& device : run.devices) processes.emplace(device.host, device.process);
  return processes.size();
}

/// Text lists every GPU, JSON the first of each process; a node of containers may have one process number often.
std::int64_t count_ranks(const NcclTestsRun& run) {
  const auto listed = static_cast<std::int64_t>(run.devices.size());
  const auto processes = static_cast<std::int64_t>(count_processes(run));
  const std::int64_t each = setting_or(run, "nThread", 1) * setting_or(run, "nGpus", listed / processes);
  if (each < 1 || each > max_ranks) return 0;
  if (listed == processes) return processes * each;
  return listed % each == 0 ? listed : 0;
}

std::optional<LaunchMode> launch_of_run(const NcclTestsRun& run, std::int64_t ranks, std::int64_t nodes) {
  if (setting_or(run, "graph", 0) > 0) return LaunchMode::cuda_graph;
  if (setting_or(run, "nThread", 1) > 1) return std::nullopt;  // each thread launches on its own GPUs
  const std::int64_t processes =
      std::max(static_cast<std::int64_t>(count_processes(run)), ranks / setting_or(run, "nGpus", ranks));
  if (processes == ranks) return LaunchMode::process_per_gpu;
  if (processes == nodes) return LaunchMode::one_process;
  return std::nullopt;
}

void append_new(const std::string& name, std::vector<std::string>& names) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

}  // namespace

RunPlace place_of_run(const NcclTestsRun& run) {
  if (run.devices.empty())
    throw Error(
        fmt::format("{}: no line '#  Rank 0 Group 0 Pid 123 on HOST device 0 ...' before the table, so that the number "
                    "of ranks and nodes is unknown; give the whole output, from '# nThread' on",
                    run.where));
  RunPlace place;
  for (const PrintedDevice& device : run.devices) {
    append_new(device.host, place.hosts);
    append_new(device.name, place.gpus);
  }
  const std::int64_t ranks = count_ranks(run);
  const auto last = std::ranges::max(run.devices, {}, &PrintedDevice::rank).rank;
  if (ranks < 1 || ranks > max_ranks || last >= ranks)
    throw Error(
        fmt::format("{}: {} devices up to rank {} do not fit {} threads of {} GPUs in {} processes; give the "
                    "whole output of one run",
                    run.where, run.devices.size(), last, setting_or(run, "nThread", 1), setting_or(run, "nGpus", 1),
                    count_processes(run)));
  if (ranks == 1)
    throw Error(
        fmt::format("{}: 1 rank sends nothing; build nccl-tests with MPI=1 if mpirun or srun started several, or "
                    "run it with -g 2 or more",
                    run.where));
  place.ranks = static_cast<int>(ranks);
  place.nodes = static_cast<int>(place.hosts.size());
  place.launch = launch_of_run(run, ranks, place.nodes);
  return place;
}

}  // namespace ringtrue
