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

void refuse_faults(const Configuration& configuration, const Workload& workload) {
  std::vector<std::string> found = faults(configuration, collectives_used(configuration, workload));
  if (found.empty()) found = faults(workload, npu_count(configuration.network));
  if (!found.empty()) throw Error(fmt::format("{}", fmt::join(found, "\n  also: ")));
}

Prediction predict(const std::vector<RankTimes>& times, std::int64_t npus) {
  const auto by_end = [](const RankTimes& a, const RankTimes& b) { return a.end < b.end; };
  const RankTimes& slowest = *std::ranges::max_element(times, by_end);
  Prediction prediction{.npus = npus,
                        .cycles_max = slowest.end,
                        .cycles_min = std::ranges::min_element(times, by_end)->end,
                        .compute = slowest.compute,
                        .communication = slowest.communication,
                        .exposed = slowest.end - std::min(slowest.end, slowest.compute)};
  return prediction;
}

}  // namespace

Prediction simulate(const Configuration& configuration, const Workload& workload, Path path) {
  refuse_faults(configuration, workload);
  (void)path;
  Simulation simulation(configuration, workload, false);
  const std::vector<RankTimes> times = simulation.run();
  Prediction prediction = predict(times, npu_count(configuration.network));
  for (const RankTimes& rank : times) prediction.cycles.push_back(rank.end);
  return prediction;
}

}  // namespace ringtrue::astra
