#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/astra/engine/fabric.hpp"
#include "sim/astra/engine/plan.hpp"
#include "sim/astra/workload.hpp"

namespace ringtrue::astra {

/// When a rank was done, and how long it computed and communicated.
struct RankTimes {
  Cycles end = 0;
  Cycles compute = 0;        ///< Sum of the GPU compute nodes.
  Cycles communication = 0;  ///< Union of the communication nodes' intervals.
  bool operator==(const RankTimes&) const = default;
};

/// Runs a workload event by event. Folded, rank 0 stands for all ranks: requires a network, algorithms and graphs under
/// which all ranks do the same.
class Simulation {
 public:
  /// Configuration and workload have no faults(). They outlive the simulation.
  Simulation(const Configuration& configuration, const Workload& workload, bool folded);

  /// Per rank, or the one of all ranks if folded. Throws Error if some rank never ends, and, only folded, Asymmetric if
  /// events met whose order depends on the ranks' numbers.
  std::vector<RankTimes> run();

  std::uint64_t messages() const { return messages_sent_; }

 private:
  static constexpr std::uint32_t none = 0xffffffff;
  enum class CallKind : std::uint8_t { packet, node };

  /// What an NPU has to do: hand a packet on, after reducing it if `reduces`, or end a node.
  struct Call {
    std::uint32_t subject = 0;  ///< Instance or node.
    CallKind kind = CallKind::packet;
    bool reduces = false;
    std::uint32_t next = none;
  };
  /// What an NPU has to do in one tick. Mostly one call, so the first is stored in place.
  struct CallList {
    Cycles when = 0;
    Call first;
    std::uint32_t npu = 0;
    std::uint32_t tail = none;  ///< Of those after the first, in calls_.
    std::uint32_t next = none;  ///< Other ticks of the same NPU.
  };

  enum class TreeState : std::uint8_t { begin, to_parent, from_children, from_child, from_parent, to_children, end };

  /// One member's part in a stream; a cache line, as this is what every message touches.
  struct alignas(64) Instance {
    const Phase* phase = nullptr;
    std::uint32_t npu = 0, stream = 0;
    std::uint32_t sent = 0, sends_left = 0;
    std::uint32_t packets = 0;  ///< Made so far.
    std::uint32_t received = 0;
    std::int32_t waiting[2] = {0, 0};   ///< Receives posted minus messages there, of the first two slots.
    std::uint32_t peer = 0;             ///< Ring: the instance of the next rank.
    std::uint32_t relative = 0;         ///< Ring: how far that rank is, modulo all ranks.
    std::uint32_t free = 0;             ///< Direct: packets through the endpoint and not yet sent.
    std::uint32_t next_waiting = none;  ///< In a stream queue.
    TreeState tree = TreeState::begin;
    bool reduced = false;  ///< Tree: the first child's message.
  };

  /// A chunk of a collective: all members of its communicator work on it, each with the instance base + its position.
  struct Stream {
    ChunkPlan plan;
    std::uint32_t communicator = 0;
    Collective collective = Collective::all_reduce;
    std::uint64_t bytes = 0;  ///< Of the whole collective.
    std::uint32_t base = 0, members = 0, done = 0;
    std::vector<std::int32_t> waiting{};  ///< As Instance::waiting, of the slots from 2 on.
  };

  struct Communicator {
    int id = 0;
    bool subgroup = false;
    std::uint32_t members = 0;           ///< Simulated: 1 if folded.
    std::vector<std::uint32_t> ranks{};  ///< Of a subgroup, in the order of the ring.
    std::unordered_map<std::uint32_t, std::uint32_t> index_of{};
    std::vector<std::uint32_t> streams{};  ///< By sequence number.
  };

  struct StreamQueue {
    std::uint32_t head = none, tail = none;
    std::uint32_t running = 0;
  };

  /// A graph, prepared: nodes are referred to by position.
  struct PreparedGraph {
    const Graph* nodes = nullptr;
    std::vector<std::vector<std::uint32_t>> children{};
    std::vector<std::uint32_t> dependencies{};
  };

  struct Npu {
    std::uint32_t graph = 0;
    std::vector<std::uint32_t> blocked_by{};  ///< Per node, dependencies that have not ended.
    std::vector<std::uint32_t> ready{};       ///< Nodes free to start, ascending.
    std::uint32_t ongoing = 0;
    bool gpu_busy = false, cpu_busy = false, comm_busy = false, finished = false;
    std::uint32_t collective_node = none;
    std::uint64_t chunks_left = 0;
    std::uint32_t comm_in_flight = 0;
    Cycles comm_since = 0;
    RankTimes times;
  };

  // Events
  void handle(Event event);
  void run_calls(std::uint32_t list);
  void run_call(std::uint32_t npu, const Call& call);
  Cycles reduction_of(const Instance& instance) const;
  void register_call(std::uint32_t npu, Cycles delay, const Call& call);
  void append_call(CallList& list, const Call& call);
  void deliver(std::uint32_t message);

  // Graph progress (progress.cpp)
  static PreparedGraph prepared(const Graph& graph);
  void prepare_graphs();
  void issue_ready(std::uint32_t npu);
  static bool available(const Npu& npu, const Node& node);
  void issue(std::uint32_t npu, std::uint32_t node);
  void issue_compute(std::uint32_t npu, std::uint32_t node);
  void issue_message(std::uint32_t npu, std::uint32_t node);
  void replay(std::uint32_t npu, std::uint32_t node);
  static void occupy(Npu& npu, const Node& node, bool busy);
  void settle(std::uint32_t npu, std::uint32_t node);
  void end_node(std::uint32_t npu, std::uint32_t node);
  void finish_if_done(std::uint32_t npu);
  void arrive_point_to_point(std::uint32_t message);
  const Node& node_at(std::uint32_t npu, std::uint32_t node) const { return (*graphs_[npus_[npu].graph].nodes)[node]; }
  [[noreturn]] void refuse_deadlock() const;

  // Collectives: streams.cpp brings chunks through queues and phases, packets.cpp runs a phase.
  void prepare_communicators();
  Communicator communicator_of(const Group& group) const;
  void issue_collective(std::uint32_t npu, std::uint32_t node);
  std::uint32_t instance_of(std::uint32_t communicator, std::uint32_t npu, const Node& node);
  std::uint32_t open_stream(std::uint32_t communicator, const Node& node);
  void place_instances(std::uint32_t stream);
  void next_phase(std::uint32_t instance);
  StreamQueue& stream_queue(std::uint32_t npu, int queue) {
    return stream_queues_[npu * static_cast<std::size_t>(queues_) + static_cast<std::size_t>(queue)];
  }
  void leave_queue(std::uint32_t npu, int queue);
  void fill_queue(std::uint32_t npu, int queue);
  void start_phase(std::uint32_t instance);

  void make_packet(std::uint32_t instance);
  void packet_ready(std::uint32_t instance);
  void received(std::uint32_t instance);
  void send_packet(std::uint32_t instance);
  void advance_direct(std::uint32_t instance);
  void post_receive(std::uint32_t instance, std::uint32_t slot);
  std::int32_t& waiting(std::uint32_t instance, std::uint32_t slot);
  struct Peer {
    std::uint32_t instance = 0;
    std::uint32_t relative = 0;  ///< Its rank less one's own, modulo all ranks.
  };
  Peer peer_at(const Instance& instance, std::uint32_t offset) const;
  std::uint32_t position_of(const Instance& instance) const;
  void send(const Instance& instance, const Peer& peer, std::uint64_t bytes, std::uint32_t slot);

  // Double binary tree (tree.cpp)
  struct TreePlace {
    std::uint32_t parent = none, left = none, right = none;  ///< Positions in the dimension.
  };
  static TreePlace tree_place(const Phase& phase, std::uint32_t position);
  void advance_tree(std::uint32_t instance, bool received_one);
  void begin_tree(std::uint32_t instance, const TreePlace& place);
  void send_to_children(std::uint32_t instance, const TreePlace& place);
  void tree_send(std::uint32_t instance, std::uint32_t position);
  void tree_post(std::uint32_t instance, std::uint32_t position);
  void tree_packet(std::uint32_t instance, bool reduces);

  const Configuration& configuration_;
  const Workload& workload_;
  bool folded_;
  std::uint32_t total_;  ///< Ranks of the network; simulated are npus_.size().
  BucketQueue events_;
  Fabric fabric_;
  std::uint32_t concurrent_ = 1;  ///< Streams that run at once in a queue.
  int queues_ = 1;

  std::vector<PreparedGraph> graphs_;
  std::vector<Npu> npus_;
  std::vector<StreamQueue> stream_queues_;  ///< queues_ per NPU.
  std::vector<std::uint32_t> next_stream_;  ///< Per NPU and communicator: sequence number.
  std::vector<Communicator> communicators_;
  std::unordered_map<int, std::uint32_t> communicator_of_group_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<Instance> instances_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> free_streams_;  ///< By number of members, to be used again.
  std::map<std::pair<std::uint32_t, Collective>, LogicalTopology> topologies_;
  QueueChooser queue_chooser_;
  TreeCounters trees_;

  std::vector<Call> calls_;
  std::vector<CallList> lists_;
  std::vector<std::uint32_t> lists_of_npu_;
  std::uint32_t free_call_ = none, free_list_ = none;

  struct Channel {
    std::vector<std::uint32_t> receivers{};  ///< Nodes that wait.
    std::uint32_t arrived = 0;
  };
  std::map<std::array<std::uint64_t, 4>, Channel> channels_;  ///< tag, source, destination, bytes.
  std::uint64_t messages_sent_ = 0;

  // Folded only: period.cpp skips what repeats itself.
  struct Counters {
    std::uint32_t instance = 0, sent = 0, packets = 0;
  };
  struct Period {
    std::vector<std::uint64_t> state{};  ///< Relative to its tick; empty: none taken.
    std::vector<Counters> counters{};
    Cycles at = 0;
    std::uint64_t messages = 0;
    std::uint32_t tries = 0, until = 1;  ///< Compared so far, and when the next state is taken instead (Brent).
  };
  void touch(std::uint32_t actor, std::uint32_t stream, Cycles pushed);
  void skip_periods();
  std::uint32_t steady_packets(const Instance& instance) const;
  std::uint32_t steady_packets() const;
  void describe_calls(std::uint32_t list, std::vector<std::uint64_t>& state) const;
  void describe(Event event, std::vector<std::uint64_t>& state) const;
  std::vector<std::uint64_t> state_of(const std::vector<TimedEvent>& pending) const;
  bool ends_node(const TimedEvent& timed) const;
  std::vector<Counters> counters() const;
  void skip(std::uint64_t periods, std::vector<TimedEvent>& pending);
  std::uint64_t periods_left(const std::vector<TimedEvent>& pending) const;

  bool check_order_ = false;
  TouchOrder order_;
  std::vector<Cycles> list_pushed_;  ///< Per call list.
  Period period_;
};

}  // namespace ringtrue::astra
