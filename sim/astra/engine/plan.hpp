#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/astra/configuration.hpp"

namespace ringtrue::astra {

/// One collective algorithm in one dimension: what every member of the dimension does with one chunk.
struct Phase {
  Collective collective = Collective::all_reduce;
  Algorithm algorithm = Algorithm::ring;
  int dimension = 0;  ///< Of the logical topology.
  int members = 2;    ///< Ranks in a ring, a tree, ... of this dimension.
  int stride = 1;     ///< Rank distance between neighbours in it.
  int window = 1;     ///< Of direct.
  int group = 1;  ///< Packets until ASTRA-sim's counters start over; of these the first `unreduced` are not reduced.
  int unreduced = 1;
  bool clockwise = true;
  bool last_tree = false;  ///< Of the double binary tree: rooted at the last member's side, else at the first's.
  int queue = 0;
  int slot = 0;               ///< First of the receive slots of this dimension.
  std::uint32_t sends = 0;    ///< Messages each member sends.
  std::uint64_t bytes = 0;    ///< Chunk at the start of the phase.
  std::uint64_t message = 0;  ///< Of ring and direct.
  Cycles reduction = 0;       ///< Of one message of that size.
  Cycles endpoint_delay = 10;
};

/// One chunk of a collective on its way through the dimensions.
struct ChunkPlan {
  std::vector<Phase> phases{};
  int slots = 0;  ///< Receive slots a member needs.
  Cycles endpoint_delay = 10;
};

/// The dimensions a collective sees: those of the network, one flat one, or a communicator group.
struct LogicalDimension {
  Algorithm algorithm = Algorithm::ring;
  int window = 0;
  int members = 2;
  int stride = 1;
  int first_slot = 0;
};

struct LogicalTopology {
  std::vector<LogicalDimension> dimensions{};
  int slots = 0;
  bool subgroup = false;  ///< Smaller than the world: ASTRA-sim's Local, with a fixed endpoint delay of 10.
};

LogicalTopology world_topology(const Configuration& configuration, Collective collective);
LogicalTopology group_topology(const Configuration& configuration, Collective collective, int members);

/// What decides which queue and direction the next chunk takes; each NPU has its own in ASTRA-sim.
class QueueChooser {
 public:
  explicit QueueChooser(int dimensions, int queues_per_dim);
  struct Choice {
    int queue = 0;
    bool clockwise = true;
  };
  Choice any(int dimension);     ///< Round robin over all queues of the dimension.
  Choice going(int dimension);   ///< All-reduce on its way to the last dimension: the first half.
  Choice coming(int dimension);  ///< All-reduce on its way back: the second half.
  bool operator==(const QueueChooser&) const = default;

 private:
  struct Counters {
    int any = 0, going = 0, coming = 0;
    bool operator==(const Counters&) const = default;
  };
  int queues_;
  std::vector<Counters> counters_;
};

/// Trees alternate from phase to phase, per collective and dimension.
using TreeCounters = std::map<std::pair<Collective, int>, int>;

/// Size and number of the chunks of a collective. Chunks all have the full size, also the last.
struct Chunking {
  std::uint64_t bytes = 0;
  std::uint64_t chunks = 0;
};
Chunking chunking(const Configuration& configuration, Collective collective, std::uint64_t bytes);

/// What is asked of plan_chunk.
struct ChunkRequest {
  Collective collective = Collective::all_reduce;
  std::uint64_t bytes = 0;
  const std::vector<bool>* involved = nullptr;  ///< Dimensions; empty is all.
};

/// The phases of the next chunk. Empty if no involved dimension has two ranks.
ChunkPlan plan_chunk(const Configuration& configuration, const LogicalTopology& topology, const ChunkRequest& request,
                     QueueChooser& queues, TreeCounters& trees);

/// Time of adding a received message to one's own: two reads and a write of it.
Cycles reduction_time(const Configuration& configuration, std::uint64_t bytes);

/// Size of packet `index` of halving-doubling.
std::uint64_t halving_doubling_bytes(const Phase& phase, std::uint32_t index);
/// log2 of the distance to the partner of packet `index`.
int halving_doubling_distance(const Phase& phase, std::uint32_t index);

}  // namespace ringtrue::astra
