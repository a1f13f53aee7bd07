#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "sim/astra/engine/plan.hpp"
#include "sim/astra/simulate.hpp"

namespace ringtrue::astra {
namespace {

constexpr std::size_t most_warnings = 10;

class Adviser {
 public:
  Adviser(const Configuration& configuration, const Workload& workload)
      : configuration_(configuration), workload_(workload) {}

  std::vector<std::string> advise() {
    if (configuration_.system.replay_only) return {};
    for (const Graph& graph : workload_.graphs)
      for (const Node& node : graph) {
        if (node.kind == NodeKind::collective) check_collective(node);
        if (node.kind == NodeKind::compute && !node.cpu && configuration_.system.roofline_enabled &&
            node.tensor_bytes == 0)
          add(fmt::format("node {} has no tensor_size: with the roofline ASTRA-sim drops it at once", node.id));
      }
    return std::move(warnings_);
  }

 private:
  void add(std::string warning) {
    if (warnings_.size() < most_warnings && seen_.insert(warning).second) warnings_.push_back(std::move(warning));
  }

  void check_collective(const Node& node) {
    if (node.collective == Collective::broadcast) {
      add("a broadcast is not simulated: ASTRA-sim replays its duration, or 1 ns");
      return;
    }
    check_chunks(node);
    check_algorithm(node);
  }

  void check_chunks(const Node& node) {
    const Chunking chunks = chunking(configuration_, node.collective, node.bytes);
    const std::uint64_t run = chunks.bytes * chunks.chunks;
    if (run == node.bytes) return;
    add(
        fmt::format("{} of {} bytes runs as {} chunks of {}: {} bytes {} than asked (the size is no multiple of "
                    "preferred-dataset-splits, or its chunks would be smaller than the number of NPUs)",
                    to_string(node.collective), node.bytes, chunks.chunks, chunks.bytes,
                    run > node.bytes ? run - node.bytes : node.bytes - run, run > node.bytes ? "more" : "less"));
  }

  void check_algorithm(const Node& node) {
    const std::vector<Implementation>& list = configuration_.system.implementations.at(node.collective);
    const std::vector<Dimension>& dimensions = configuration_.network.dimensions;
    for (std::size_t d = 0; d < list.size(); ++d) {
      const bool direct = list[d].algorithm == Algorithm::direct && dimensions[d].npus > 2;
      const bool shared = dimensions[d].topology != Topology::fully_connected;
      if (direct && shared && configuration_.backend == Backend::congestion_unaware)
        add("direct without congestion: all messages of an NPU leave at full bandwidth at once, faster than its link "
            "could carry them");
      if (list[d].algorithm == Algorithm::ring && node.collective == Collective::all_to_all && dimensions[d].npus > 2)
        add("all_to_all by ring forwards every piece from neighbour to neighbour: n(n-1)/2 steps instead of n-1");
    }
  }

  const Configuration& configuration_;
  const Workload& workload_;
  std::vector<std::string> warnings_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<std::string> warnings(const Configuration& configuration, const Workload& workload) {
  return Adviser(configuration, workload).advise();
}

}  // namespace ringtrue::astra
