#include "sim/astra/configuration.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

namespace ringtrue::astra {
namespace {

bool power_of_two(int n) { return std::has_single_bit(static_cast<unsigned>(n)); }

void check_network(const Configuration& configuration, std::vector<std::string>& faults) {
  const std::vector<Dimension>& dimensions = configuration.network.dimensions;
  if (dimensions.empty()) faults.emplace_back("the network has no dimension");
  if (configuration.backend == Backend::congestion_unaware) return;
  if (dimensions.size() > 1)
    faults.push_back(
        fmt::format("the network has {} dimensions, but the congestion-aware backend knows one (ASTRA-sim: \"only "
                    "support 1-dim topology\", exit code 255); use one dimension or --backend congestion_unaware",
                    dimensions.size()));
  else if (!dimensions.empty() && dimensions.front().topology == Topology::ring && dimensions.front().npus == 2)
    faults.emplace_back(
        "a Ring of 2 NPUs, on which ASTRA-sim's congestion-aware backend aborts; use FullyConnected, which is "
        "the same network, or --backend congestion_unaware");
}

void check_system(const Configuration& configuration, std::vector<std::string>& faults) {
  const SystemLayer& system = configuration.system;
  if (static_cast<Cycles>(static_cast<double>(system.endpoint_delay) * configuration.injection_scale) < 1)
    faults.push_back(
        fmt::format("the endpoint delay is {} x injection scale {} = 0 cycles, on which ASTRA-sim aborts; it "
                    "has to be at least 1",
                    system.endpoint_delay, configuration.injection_scale));
  if (system.preferred_dataset_splits < 1)
    faults.emplace_back("preferred-dataset-splits is missing or 0: ASTRA-sim divides by it; give at least 1");
  if (system.active_chunks_per_dimension < 1)
    faults.emplace_back("active-chunks-per-dimension is less than 1: nothing would run");
  if (configuration.queues_per_dim < 1) faults.emplace_back("--num-queues-per-dim is less than 1");
}

/// Reductions are priced by the memory bandwidth, by which ASTRA-sim divides.
void check_memory(const Configuration& configuration, Collective collective, std::vector<std::string>& faults) {
  const bool reduces = collective == Collective::all_reduce || collective == Collective::reduce_scatter;
  if (reduces && configuration.system.local_mem_bw_gb_per_s <= 0)
    faults.push_back(
        fmt::format("{} needs local-mem-bw above 0 (GB/s): ASTRA-sim divides by it", to_string(collective)));
}

void check_members(const Implementation& implementation, int npus, const std::string& where,
                   std::vector<std::string>& faults) {
  const bool needs_power = implementation.algorithm == Algorithm::halving_doubling ||
                           implementation.algorithm == Algorithm::double_binary_tree;
  if (needs_power && !power_of_two(npus))
    faults.push_back(fmt::format(
        "{}: {} over {} NPUs, but it needs a power of two (ASTRA-sim {})", where, to_string(implementation), npus,
        implementation.algorithm == Algorithm::halving_doubling ? "deadlocks and exits with code 0" : "crashes"));
}

void check_algorithm(Algorithm algorithm, Collective collective, const std::string& key,
                     std::vector<std::string>& faults) {
  if (algorithm == Algorithm::double_binary_tree && collective != Collective::all_reduce)
    faults.push_back(
        fmt::format("{}: doubleBinaryTree is only an all-reduce; ASTRA-sim silently runs that instead", key));
  if (algorithm == Algorithm::halving_doubling && collective == Collective::all_to_all)
    faults.push_back(fmt::format("{}: halvingDoubling has no all-to-all", key));
}

void check_collective(const Configuration& configuration, Collective collective, std::vector<std::string>& faults) {
  std::string name(to_string(collective));
  std::ranges::replace(name, '_', '-');
  const std::string key = name + "-implementation";
  const auto found = configuration.system.implementations.find(collective);
  if (found == configuration.system.implementations.end() || found->second.empty()) {
    faults.push_back(fmt::format("the workload uses {}, but the system layer has no {}", to_string(collective), key));
    return;
  }
  const std::vector<Dimension>& dimensions = configuration.network.dimensions;
  const std::vector<Implementation>& list = found->second;
  if (list.size() > dimensions.size()) {
    faults.push_back(fmt::format("{} names {} dimensions, the network has {}", key, list.size(), dimensions.size()));
    return;
  }
  if (list.size() < dimensions.size() && !list.back().flat)
    faults.push_back(
        fmt::format("{} names {} of the network's {} dimensions; ASTRA-sim silently leaves the others out of "
                    "the collective: name one per dimension",
                    key, list.size(), dimensions.size()));
  for (std::size_t d = 0; d < list.size(); ++d) {
    const int npus = list[d].flat ? static_cast<int>(npu_count(configuration.network)) : dimensions[d].npus;
    check_members(list[d], npus, fmt::format("{}, dimension {}", key, d), faults);
    check_algorithm(list[d].algorithm, collective, key, faults);
    if (list[d].flat) break;
  }
}

}  // namespace

std::int64_t npu_count(const Network& network) {
  std::int64_t count = 1;
  for (const Dimension& dimension : network.dimensions) count *= dimension.npus;
  return count;
}

std::vector<std::string> faults(const Configuration& configuration, const std::vector<Collective>& collectives) {
  std::vector<std::string> found;
  check_network(configuration, found);
  check_system(configuration, found);
  for (const Collective collective : collectives)
    if (collective != Collective::broadcast) {
      check_collective(configuration, collective, found);
      check_memory(configuration, collective, found);
    }
  return found;
}

std::string_view to_string(Topology topology) {
  switch (topology) {
    case Topology::ring: return "Ring";
    case Topology::fully_connected: return "FullyConnected";
    case Topology::switched: return "Switch";
  }
  throw std::logic_error("to_string: not a topology");
}

std::string_view to_string(Backend backend) {
  switch (backend) {
    case Backend::congestion_aware: return "congestion_aware";
    case Backend::congestion_unaware: return "congestion_unaware";
  }
  throw std::logic_error("to_string: not a backend");
}

}  // namespace ringtrue::astra
