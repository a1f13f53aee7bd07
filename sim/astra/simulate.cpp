#include "sim/astra/simulate.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"
#include "sim/astra/engine/simulation.hpp"

namespace ringtrue::astra {
namespace {

std::vector<Collective> collectives_used(const Configuration& configuration, const Workload& workload) {
  std::set<Collective> used;
  if (configuration.system.replay_only) return {};
  for (const Graph& graph : workload.graphs)
    for (const Node& node : graph)
      if (node.kind == NodeKind::collective) used.insert(node.collective);
  return {used.begin(), used.end()};
}

/// The roofline prices a node by its operations.
void find_unpriced(const Configuration& configuration, const Workload& workload, std::vector<std::string>& found) {
  const SystemLayer& system = configuration.system;
  if (system.local_mem_bw_gb_per_s <= 0 || system.peak_perf_tflops <= 0)
    found.emplace_back("roofline-enabled needs local-mem-bw and peak-perf above 0");
  for (const Graph& graph : workload.graphs) {
    for (const Node& node : graph) {
      if (node.kind != NodeKind::compute || node.cpu || node.operations || system.replay_only) continue;
      found.push_back(fmt::format("node {}: the roofline needs its num_ops, without which ASTRA-sim aborts", node.id));
      return;
    }
  }
}

void refuse_faults(const Configuration& configuration, const Workload& workload) {
  std::vector<std::string> found = faults(configuration, collectives_used(configuration, workload));
  if (configuration.system.roofline_enabled) find_unpriced(configuration, workload, found);
  if (found.empty()) found = faults(workload, npu_count(configuration.network));
  if (!found.empty()) throw Error(fmt::format("{}", fmt::join(found, "\n  also: ")));
}

/// Whether rank 0 can stand for all: a network, algorithms and graphs in which each rank is as good as any other.
bool foldable(const Configuration& configuration, const Workload& workload) {
  if (workload.graphs.size() != 1) return false;
  for (const Node& node : workload.graphs.front()) {
    if (node.kind == NodeKind::send || node.kind == NodeKind::receive) return false;
    if (node.group != 0) return false;
  }
  const bool through_links = configuration.backend == Backend::congestion_aware &&
                             configuration.network.dimensions.front().topology == Topology::ring;
  const auto symmetric = [through_links](const Implementation& implementation) {
    switch (implementation.algorithm) {
      case Algorithm::ring: return true;
      case Algorithm::direct:
      case Algorithm::halving_doubling: return !through_links;
      case Algorithm::double_binary_tree: return false;
    }
    throw std::logic_error("foldable: not an algorithm");
  };
  for (const Collective collective : collectives_used(configuration, workload))
    if (collective != Collective::broadcast &&
        !std::ranges::all_of(configuration.system.implementations.at(collective), symmetric))
      return false;
  return true;
}

Prediction predict(const std::vector<RankTimes>& times, std::int64_t npus) {
  const auto by_end = [](const RankTimes& a, const RankTimes& b) { return a.end < b.end; };
  const RankTimes& slowest = *std::ranges::max_element(times, by_end);
  return {.npus = npus,
          .cycles_max = slowest.end,
          .cycles_min = std::ranges::min_element(times, by_end)->end,
          .compute = slowest.compute,
          .communication = slowest.communication,
          .exposed = slowest.end - std::min(slowest.end, slowest.compute)};
}

Prediction run_symmetric(const Configuration& configuration, const Workload& workload) {
  Prediction prediction = predict(Simulation(configuration, workload, true).run(), npu_count(configuration.network));
  prediction.path = Path::symmetric;
  return prediction;
}

Prediction run_events(const Configuration& configuration, const Workload& workload) {
  const std::vector<RankTimes> times = Simulation(configuration, workload, false).run();
  Prediction prediction = predict(times, npu_count(configuration.network));
  prediction.path = Path::event;
  for (const RankTimes& rank : times) prediction.cycles.push_back(rank.end);
  return prediction;
}

Prediction run_path(const Configuration& configuration, const Workload& workload, Path path) {
  const bool symmetric = path != Path::event && foldable(configuration, workload);
  if (path == Path::symmetric && !symmetric)
    throw Error(
        "the symmetric path needs the same graph on all ranks, without messages between two ranks, communicator "
        "groups or doubleBinaryTree, and on a congestion-aware Ring the ring algorithm; use --path event");
  if (!symmetric) return run_events(configuration, workload);
  try {
    return run_symmetric(configuration, workload);
  } catch (const Asymmetric&) {
    if (path == Path::symmetric)
      throw Error(
          "messages of several ranks meet in one cycle and the order in which they do depends on the ranks' "
          "numbers, so that one rank cannot stand for all; use --path event");
    return run_events(configuration, workload);
  }
}

}  // namespace

Prediction simulate(const Configuration& configuration, const Workload& workload, Path path) {
  refuse_faults(configuration, workload);
  Prediction prediction = run_path(configuration, workload, path);
  prediction.warnings = warnings(configuration, workload);
  return prediction;
}

}  // namespace ringtrue::astra
