#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/astra/configuration.hpp"

namespace ringtrue::astra {

enum class NodeKind : std::uint8_t { compute, collective, send, receive };

/// One node of a rank's graph: it starts when all `dependencies` have ended and its resource is free.
struct Node {
  std::uint64_t id = 0;
  NodeKind kind = NodeKind::compute;
  std::vector<std::uint64_t> dependencies{};  ///< Ids; data and control dependencies alike. Ascending, each once.

  Cycles duration = 0;                        ///< Of compute, of a broadcast and of anything replayed; 0 takes 1 cycle.
  bool cpu = false;                           ///< Runs on the CPU: its own resource, never priced by the roofline.
  std::optional<std::uint64_t> operations{};  ///< num_ops, for the roofline.
  std::uint64_t tensor_bytes = 0;             ///< tensor_size, for the roofline.

  Collective collective = Collective::all_reduce;
  std::uint64_t bytes = 0;  ///< comm_size: of an all-gather the input of one rank, else its buffer; of a message.
  int group = 0;            ///< Communicator group, 0 is all ranks.
  std::vector<bool> dimensions{};  ///< involved_dim; empty is all.

  int peer = -1;          ///< Other rank of a send or receive.
  std::uint32_t tag = 0;  ///< Of a send or receive.

  bool operator==(const Node&) const = default;
};

/// The graph of one rank, nodes in ascending id.
using Graph = std::vector<Node>;

/// A communicator group: `ranks` in the order of its ring.
struct Group {
  int id = 0;
  std::vector<int> ranks{};
};

/// What the ranks run. Equal graphs are stored once.
struct Workload {
  std::vector<Graph> graphs{};
  std::vector<int> graph_of_rank{};  ///< Index into graphs; empty: all ranks, however many, run graphs[0].
  std::vector<Group> groups{};

  const Graph& graph(int rank) const {
    return graphs[graph_of_rank.empty() ? 0 : static_cast<std::size_t>(graph_of_rank[static_cast<std::size_t>(rank)])];
  }
};

/// One collective on all ranks: what ASTRA-sim's micro-benchmarks are.
Workload single_collective(Collective collective, std::uint64_t bytes);

/// What is wrong with the workload on that many NPUs, whoever runs it: unknown groups or peers, cycles in the graph,
/// dependencies on nodes that do not exist, collectives that some ranks lack. One message each, at most ten.
std::vector<std::string> faults(const Workload& workload, std::int64_t npus);

}  // namespace ringtrue::astra
