// How a collective runs: chunks become streams, streams queue per dimension, and a phase is packets going round.
#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/astra/engine/simulation.hpp"

namespace ringtrue::astra {

void Simulation::prepare_communicators() {
  communicators_.push_back({.id = 0, .members = total_});
  communicator_of_group_[0] = 0;
  for (const Group& group : workload_.groups) {
    Communicator communicator{.id = group.id,
                              .subgroup = group.ranks.size() != total_,
                              .members = static_cast<std::uint32_t>(group.ranks.size())};
    if (communicator.subgroup) {
      for (const int rank : group.ranks) {
        communicator.index_of[static_cast<std::uint32_t>(rank)] = static_cast<std::uint32_t>(communicator.ranks.size());
        communicator.ranks.push_back(static_cast<std::uint32_t>(rank));
      }
    }
    communicator_of_group_[group.id] = static_cast<std::uint32_t>(communicators_.size());
    communicators_.push_back(std::move(communicator));
  }
  next_stream_.resize(npus_.size() * communicators_.size());
}

void Simulation::issue_collective(std::uint32_t npu, std::uint32_t node) {
  const Node& n = node_at(npu, node);
  const Chunking chunks = chunking(configuration_, n.collective, n.bytes);
  npus_[npu].collective_node = node;
  npus_[npu].chunks_left = chunks.chunks;
  const std::uint32_t communicator = communicator_of_group_.at(n.group);
  for (std::uint64_t i = 0; i < chunks.chunks; ++i) next_phase(npu, stream_of(communicator, npu, n));
}

/// The NPU's next stream in the communicator: whoever comes first opens it, the others must ask for the same.
std::uint32_t Simulation::stream_of(std::uint32_t communicator, std::uint32_t npu, const Node& node) {
  Communicator& c = communicators_[communicator];
  const std::uint32_t sequence = next_stream_[npu * communicators_.size() + communicator]++;
  if (sequence == c.streams.size()) c.streams.push_back(open_stream(communicator, node));
  const std::uint32_t id = c.streams[sequence];
  const Stream& stream = *streams_[id];
  if (stream.collective != node.collective || stream.bytes != node.bytes)
    throw Error(fmt::format(
        "rank {}, node {}: {} of {} bytes meets {} of {} bytes of another rank in group {}; all ranks of a "
        "group must run the same collectives in the same order (ASTRA-sim ends with exit code 0 and no result)",
        npu, node.id, to_string(node.collective), node.bytes, to_string(stream.collective), stream.bytes, c.id));
  return id;
}

std::uint32_t Simulation::open_stream(std::uint32_t communicator, const Node& node) {
  const Communicator& c = communicators_[communicator];
  auto [position, added] = topologies_.try_emplace({c.subgroup ? communicator : 0, node.collective});
  if (added)
    position->second = c.subgroup ? group_topology(configuration_, node.collective, static_cast<int>(c.members))
                                  : world_topology(configuration_, node.collective);
  if (free_streams_.empty()) {
    free_streams_.push_back(static_cast<std::uint32_t>(streams_.size()));
    streams_.push_back(std::make_unique<Stream>());
  }
  const std::uint32_t id = free_streams_.back();
  free_streams_.pop_back();
  Stream& stream = *streams_[id];
  stream.communicator = communicator;
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
  const std::size_t members = folded_ ? 1 : c.members;
  stream.instances.assign(members, {});
  stream.waiting.assign(members * static_cast<std::size_t>(std::max(0, stream.plan.slots - 2)), 0);
  return id;
}

std::uint32_t Simulation::member_of(const Stream& stream, std::uint32_t npu) const {
  const Communicator& c = communicators_[stream.communicator];
  return c.subgroup ? c.index_of.at(npu) : npu;
}

std::int32_t& Simulation::waiting(Stream& stream, std::uint32_t member, std::uint32_t slot) {
  if (slot < 2) return stream.instances[member].waiting[slot];
  return stream.waiting[member * (static_cast<std::size_t>(stream.plan.slots) - 2) + slot - 2];
}

/// Ends the stream's phase on this NPU, if it is in one, and queues it for the next.
void Simulation::next_phase(std::uint32_t npu, std::uint32_t id) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  const int left = instance.phase < 0 ? -1 : stream.plan.phases[static_cast<std::size_t>(instance.phase)].queue;
  if (++instance.phase == static_cast<std::int16_t>(stream.plan.phases.size())) {
    const std::uint32_t node = npus_[npu].collective_node;
    if (++stream.done == stream.instances.size()) free_streams_.push_back(id);
    if (--npus_[npu].chunks_left == 0)
      end_node(npu, node);  // may queue the next collective's streams before this leaves
    leave_queue(npu, left);
    return;
  }
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(instance.phase)];
  StreamQueue& queue = stream_queues_[npu * static_cast<std::size_t>(queues_) + static_cast<std::size_t>(phase.queue)];
  instance.next_waiting = none;
  if (queue.head == none) {
    queue.head = id;
  } else {
    Stream& last = *streams_[queue.tail];
    last.instances[member_of(last, npu)].next_waiting = id;
  }
  queue.tail = id;
  if (left >= 0) leave_queue(npu, left);
  fill_queue(npu, phase.queue);
}

void Simulation::leave_queue(std::uint32_t npu, int queue) {
  --stream_queues_[npu * static_cast<std::size_t>(queues_) + static_cast<std::size_t>(queue)].running;
  fill_queue(npu, queue);
}

void Simulation::fill_queue(std::uint32_t npu, int index) {
  StreamQueue& queue = stream_queues_[npu * static_cast<std::size_t>(queues_) + static_cast<std::size_t>(index)];
  while (queue.running < concurrent_ && queue.head != none) {
    const std::uint32_t id = queue.head;
    Stream& stream = *streams_[id];
    queue.head = stream.instances[member_of(stream, npu)].next_waiting;
    ++queue.running;
    start_phase(npu, id);
  }
}

void Simulation::start_phase(std::uint32_t npu, std::uint32_t id) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(instance.phase)];
  instance.sent = instance.packets = instance.free = instance.received = 0;
  instance.sends_left = phase.sends;
  instance.tree = TreeState::begin;
  instance.reductions = 0;
  if (phase.algorithm == Algorithm::double_binary_tree) {
    advance_tree(npu, id, false);
    return;
  }
  if (phase.algorithm == Algorithm::ring)
    instance.peer =
        peer_at(stream, phase, npu, phase.clockwise ? 1 : static_cast<std::uint32_t>(phase.members) - 1).rank;
  const int packets = phase.algorithm == Algorithm::direct ? phase.window : 1;
  for (int i = 0; i < packets; ++i) make_packet(npu, id);
}

/// The next packet goes through the endpoint, after which it can be sent; most of those made from a received message
/// are reduced with it first.
void Simulation::make_packet(std::uint32_t npu, std::uint32_t id) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(instance.phase)];
  const std::uint32_t index = instance.packets++;
  const auto group = static_cast<std::uint32_t>(phase.group);
  const std::uint32_t round = index < group ? 0 : index / group;
  const bool reducing =
      phase.collective == Collective::reduce_scatter || (phase.collective == Collective::all_reduce && round % 2 == 0);
  const bool reduces = reducing && index - round * group >= static_cast<std::uint32_t>(phase.unreduced);
  Cycles reduction = phase.reduction;
  if (reduces && phase.algorithm == Algorithm::halving_doubling)
    reduction = reduction_time(configuration_, halving_doubling_bytes(phase, index));
  register_call(npu, stream.plan.endpoint_delay,
                {.kind = CallKind::packet, .reduces = reduces, .subject = id, .reduction = reduction});
}

void Simulation::received(std::uint32_t npu, std::uint32_t id) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  if (stream.plan.phases[static_cast<std::size_t>(instance.phase)].algorithm == Algorithm::double_binary_tree) {
    advance_tree(npu, id, true);
    return;
  }
  ++instance.received;
  make_packet(npu, id);
}

/// A packet went through the endpoint.
void Simulation::packet_ready(std::uint32_t npu, std::uint32_t id) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  switch (stream.plan.phases[static_cast<std::size_t>(instance.phase)].algorithm) {
    case Algorithm::ring:
    case Algorithm::halving_doubling:
      if (instance.sends_left == 0)
        next_phase(npu, id);
      else
        send_packet(npu, id);
      return;
    case Algorithm::direct: advance_direct(npu, id); return;
    case Algorithm::double_binary_tree: advance_tree(npu, id, false); return;
  }
}

/// Several packets may be on their way; an all-reduce starts its second half when it has received all of the first.
void Simulation::advance_direct(std::uint32_t npu, std::uint32_t id) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(instance.phase)];
  const auto half = static_cast<std::uint32_t>(phase.members) - 1;
  ++instance.free;
  int tries = 1;
  if (phase.collective == Collective::all_reduce && instance.sends_left <= half) {
    if (instance.received < half) return;
    tries = phase.window;
  }
  for (int i = 0; i < tries; ++i) try_send_direct(npu, id);
  if (instance.sends_left == 0 && instance.free == static_cast<std::uint32_t>(phase.window)) next_phase(npu, id);
}

void Simulation::try_send_direct(std::uint32_t npu, std::uint32_t id) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  if (instance.packets == instance.sent || instance.sends_left == 0 || instance.free == 0) return;
  --instance.free;
  send_packet(npu, id);
}

/// Sends the oldest packet and waits for its counterpart.
void Simulation::send_packet(std::uint32_t npu, std::uint32_t id) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(instance.phase)];
  const auto n = static_cast<std::uint32_t>(phase.members);
  const std::uint32_t index = instance.sent++;
  --instance.sends_left;
  std::uint32_t slot = static_cast<std::uint32_t>(phase.slot);
  std::uint64_t bytes = phase.message;
  Peer peer;
  switch (phase.algorithm) {
    case Algorithm::ring: {
      const std::uint32_t offset = phase.clockwise ? 1 : n - 1;
      slot += phase.clockwise || n == 2 ? 0 : 1;
      peer = {instance.peer,
              folded_ ? offset * static_cast<std::uint32_t>(phase.stride) : (instance.peer + total_ - npu) % total_};
      break;
    }
    case Algorithm::direct: {
      const std::uint32_t distance = 1 + index % (n - 1);
      const std::uint32_t offset = phase.clockwise ? distance : n - distance;
      slot += offset - 1;
      peer = peer_at(stream, phase, npu, offset);
      break;
    }
    case Algorithm::halving_doubling: {
      const auto log_distance = static_cast<std::uint32_t>(halving_doubling_distance(phase, index));
      const std::uint32_t position = position_of(stream, phase, npu);
      bytes = halving_doubling_bytes(phase, index);
      slot += log_distance;
      peer = peer_at(stream, phase, npu, ((position ^ (1U << log_distance)) + n - position) % n);
      break;
    }
    case Algorithm::double_binary_tree: return;
  }
  send(npu, id, peer, bytes, slot);
  post_receive(npu, id, slot);
}

void Simulation::send(std::uint32_t npu, std::uint32_t id, const Peer& peer, std::uint64_t bytes, std::uint32_t slot) {
  ++messages_sent_;
  fabric_.send({.bytes = bytes, .source = npu, .destination = peer.rank, .stream = id, .slot = slot}, peer.relative);
}

void Simulation::post_receive(std::uint32_t npu, std::uint32_t id, std::uint32_t slot) {
  Stream& stream = *streams_[id];
  if (++waiting(stream, member_of(stream, npu), slot) > 0) return;
  events_.push(events_.now(), {EventKind::receive, fabric_.store({.destination = npu, .stream = id})});
}

std::uint32_t Simulation::position_of(const Stream& stream, const Phase& phase, std::uint32_t npu) const {
  if (communicators_[stream.communicator].subgroup) return member_of(stream, npu);
  return npu / static_cast<std::uint32_t>(phase.stride) % static_cast<std::uint32_t>(phase.members);
}

/// The rank `offset` places on, clockwise, in the phase's dimension.
Simulation::Peer Simulation::peer_at(const Stream& stream, const Phase& phase, std::uint32_t npu,
                                     std::uint32_t offset) const {
  const auto n = static_cast<std::uint32_t>(phase.members);
  const auto stride = static_cast<std::uint32_t>(phase.stride);
  if (folded_) return {npu, offset * stride};
  const std::uint32_t position = position_of(stream, phase, npu);
  const std::uint32_t target = (position + offset) % n;
  const Communicator& c = communicators_[stream.communicator];
  const std::uint32_t rank = c.subgroup ? c.ranks[target] : npu - position * stride + target * stride;
  return {rank, (rank + total_ - npu) % total_};
}

}  // namespace ringtrue::astra
