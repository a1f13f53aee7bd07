// How a collective runs: its chunks become streams, which queue for one dimension after the other.
#include <algorithm>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/astra/engine/packets.hpp"

namespace ringtrue::astra {

void Simulation::prepare_communicators() {
  communicators_.push_back({.id = 0, .members = static_cast<std::uint32_t>(npus_.size())});
  communicator_of_group_[0] = 0;
  for (const Group& group : workload_.groups) {
    communicator_of_group_[group.id] = static_cast<std::uint32_t>(communicators_.size());
    communicators_.push_back(communicator_of(group));
  }
  next_stream_.resize(npus_.size() * communicators_.size());
}

Simulation::Communicator Simulation::communicator_of(const Group& group) const {
  Communicator communicator{.id = group.id,
                            .subgroup = group.ranks.size() != total_,
                            .members = folded_ ? 1 : static_cast<std::uint32_t>(group.ranks.size())};
  if (!communicator.subgroup) return communicator;
  for (const int rank : group.ranks) {
    communicator.index_of[static_cast<std::uint32_t>(rank)] = static_cast<std::uint32_t>(communicator.ranks.size());
    communicator.ranks.push_back(static_cast<std::uint32_t>(rank));
  }
  return communicator;
}

void Simulation::issue_collective(std::uint32_t npu, std::uint32_t node) {
  const Node& n = node_at(npu, node);
  const Chunking chunks = chunking(configuration_, n.collective, n.bytes);
  npus_[npu].collective_node = node;
  npus_[npu].chunks_left = chunks.chunks;
  const std::uint32_t communicator = communicator_of_group_.at(n.group);
  for (std::uint64_t i = 0; i < chunks.chunks; ++i) next_phase(instance_of(communicator, npu, n));
}

/// The NPU's part in its next stream of the communicator: who comes first opens it, the others must ask for the same.
std::uint32_t Simulation::instance_of(std::uint32_t communicator, std::uint32_t npu, const Node& node) {
  const std::uint32_t sequence = next_stream_[npu * communicators_.size() + communicator]++;
  if (sequence == communicators_[communicator].streams.size())
    communicators_[communicator].streams.push_back(open_stream(communicator, node));
  const Communicator& c = communicators_[communicator];
  const Stream& stream = *streams_[c.streams[sequence]];
  if (stream.collective != node.collective || stream.bytes != node.bytes)
    throw Error(fmt::format(
        "rank {}, node {}: {} of {} bytes meets {} of {} bytes of another rank in group {}; all ranks "
        "of a group must run the same collectives in the same order (ASTRA-sim ends with exit code 0 "
        "and no result)",
        npu, node.id, to_string(node.collective), node.bytes, to_string(stream.collective), stream.bytes, c.id));
  return stream.base + (c.subgroup ? c.index_of.at(npu) : npu);
}

std::uint32_t Simulation::open_stream(std::uint32_t communicator, const Node& node) {
  const Communicator& c = communicators_[communicator];
  auto [position, added] = topologies_.try_emplace({c.subgroup ? communicator : 0, node.collective});
  if (added)
    position->second = c.subgroup ? group_topology(configuration_, node.collective, static_cast<int>(c.ranks.size()))
                                  : world_topology(configuration_, node.collective);
  std::vector<std::uint32_t>& free = free_streams_[c.members];
  if (free.empty()) {
    free.push_back(static_cast<std::uint32_t>(streams_.size()));
    streams_.push_back(std::make_unique<Stream>());
    streams_.back()->base = static_cast<std::uint32_t>(instances_.size());
    instances_.resize(instances_.size() + c.members);
  }
  const std::uint32_t id = free.back();
  free.pop_back();
  Stream& stream = *streams_[id];
  stream.communicator = communicator;
  stream.members = c.members;
  stream.collective = node.collective;
  stream.bytes = node.bytes;
  stream.done = 0;
  stream.plan =
      plan_chunk(configuration_, position->second,
                 {node.collective, chunking(configuration_, node.collective, node.bytes).bytes, &node.dimensions},
                 queue_chooser_, trees_);
  if (stream.plan.phases.empty())
    throw Error(fmt::format("node {}: {} over no dimension with more than one rank; ASTRA-sim never ends it", node.id,
                            to_string(node.collective)));
  place_instances(id);
  return id;
}

void Simulation::place_instances(std::uint32_t id) {
  Stream& stream = *streams_[id];
  const Communicator& c = communicators_[stream.communicator];
  for (std::uint32_t i = 0; i < stream.members; ++i)
    instances_[stream.base + i] = {.npu = c.subgroup ? c.ranks[i] : i, .stream = id};
  stream.waiting.assign(stream.members * static_cast<std::size_t>(std::max(0, stream.plan.slots - 2)), 0);
}

/// Ends the phase the stream is in on this NPU, if any, and queues it for the next.
void Simulation::next_phase(std::uint32_t id) {
  Instance& instance = instances_[id];
  const std::uint32_t npu = instance.npu;
  Stream& stream = *streams_[instance.stream];
  const int left = instance.phase == nullptr ? -1 : instance.phase->queue;
  instance.phase = instance.phase == nullptr ? stream.plan.phases.data() : instance.phase + 1;
  if (instance.phase == stream.plan.phases.data() + stream.plan.phases.size()) {
    if (++stream.done == stream.members) free_streams_[stream.members].push_back(instance.stream);
    // The next collective's streams may be queued before this one leaves.
    if (--npus_[npu].chunks_left == 0) end_node(npu, npus_[npu].collective_node);
    leave_queue(npu, left);
    return;
  }
  const int entered = instance.phase->queue;
  StreamQueue& queue = stream_queue(npu, entered);
  instance.next_waiting = none;
  (queue.head == none ? queue.head : instances_[queue.tail].next_waiting) = id;
  queue.tail = id;
  if (left >= 0) leave_queue(npu, left);
  fill_queue(npu, entered);
}

void Simulation::leave_queue(std::uint32_t npu, int queue) {
  --stream_queue(npu, queue).running;
  fill_queue(npu, queue);
}

void Simulation::fill_queue(std::uint32_t npu, int index) {
  StreamQueue& queue = stream_queue(npu, index);
  while (queue.running < concurrent_ && queue.head != none) {
    const std::uint32_t id = queue.head;
    queue.head = instances_[id].next_waiting;
    ++queue.running;
    start_phase(id);
  }
}

void Simulation::start_phase(std::uint32_t id) {
  Instance& instance = instances_[id];
  const Phase& phase = *instance.phase;
  instance.sent = instance.packets = instance.free = instance.received = 0;
  instance.sends_left = phase.sends;
  instance.tree = TreeState::begin;
  instance.reduced = false;
  if (phase.algorithm == Algorithm::double_binary_tree) {
    advance_tree(id, false);
    return;
  }
  if (phase.algorithm == Algorithm::ring) {
    const Peer next = peer_at(instance, phase.clockwise ? 1 : static_cast<std::uint32_t>(phase.members) - 1);
    instance.peer = next.instance;
    instance.relative = next.relative;
  }
  const int packets = phase.algorithm == Algorithm::direct ? phase.window : 1;
  for (int i = 0; i < packets; ++i) make_packet(id);
}

}  // namespace ringtrue::astra
