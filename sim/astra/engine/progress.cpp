// How an NPU works through its graph: what is ready starts when its resource is free, in ascending id.
#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/astra/engine/packets.hpp"

namespace ringtrue::astra {

Simulation::PreparedGraph Simulation::prepared(const Graph& graph) {
  PreparedGraph prepared{.nodes = &graph, .children = std::vector<std::vector<std::uint32_t>>(graph.size())};
  std::unordered_map<std::uint64_t, std::uint32_t> position;
  for (std::uint32_t i = 0; i < graph.size(); ++i) position[graph[i].id] = i;
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    prepared.dependencies.push_back(static_cast<std::uint32_t>(graph[i].dependencies.size()));
    for (const std::uint64_t id : graph[i].dependencies) prepared.children[position.at(id)].push_back(i);
  }
  return prepared;
}

void Simulation::prepare_graphs() {
  for (const Graph& graph : workload_.graphs) graphs_.push_back(prepared(graph));
  for (std::uint32_t i = 0; i < npus_.size(); ++i) {
    Npu& npu = npus_[i];
    npu.graph = workload_.graph_of_rank.empty() ? 0 : static_cast<std::uint32_t>(workload_.graph_of_rank[i]);
    npu.blocked_by = graphs_[npu.graph].dependencies;
    for (std::uint32_t node = 0; node < npu.blocked_by.size(); ++node)
      if (npu.blocked_by[node] == 0) npu.ready.push_back(node);
  }
}

void Simulation::issue_ready(std::uint32_t npu) {
  const std::vector<std::uint32_t> ready = npus_[npu].ready;
  for (const std::uint32_t node : ready)
    if (available(npus_[npu], node_at(npu, node))) issue(npu, node);
}

bool Simulation::available(const Npu& npu, const Node& node) {
  switch (node.kind) {
    case NodeKind::compute: return node.cpu ? !npu.cpu_busy : !npu.gpu_busy;
    case NodeKind::collective:
    case NodeKind::send: return !npu.comm_busy;
    case NodeKind::receive: return true;
  }
  throw std::logic_error("available: not a kind of node");
}

void Simulation::occupy(Npu& npu, const Node& node, bool busy) {
  switch (node.kind) {
    case NodeKind::compute: (node.cpu ? npu.cpu_busy : npu.gpu_busy) = busy; return;
    case NodeKind::collective:
    case NodeKind::send: npu.comm_busy = busy; return;
    case NodeKind::receive: return;
  }
}

void Simulation::issue(std::uint32_t npu, std::uint32_t node) {
  Npu& own = npus_[npu];
  const Node& n = node_at(npu, node);
  own.ready.erase(std::ranges::find(own.ready, node));
  ++own.ongoing;
  occupy(own, n, true);
  if (n.kind != NodeKind::compute && own.comm_in_flight++ == 0) own.comm_since = events_.now();
  if (configuration_.system.replay_only) {
    replay(npu, node);
    return;
  }
  switch (n.kind) {
    case NodeKind::compute: issue_compute(npu, node); return;
    case NodeKind::collective:
      if (n.collective == Collective::broadcast)
        register_call(npu, std::max<Cycles>(n.duration, 1), {.subject = node, .kind = CallKind::node});
      else
        issue_collective(npu, node);
      return;
    case NodeKind::send:
    case NodeKind::receive: issue_message(npu, node); return;
  }
}

void Simulation::replay(std::uint32_t npu, std::uint32_t node) {
  const Node& n = node_at(npu, node);
  const Cycles duration = std::max<Cycles>(n.duration, 1);
  if (!n.cpu) npus_[npu].times.compute += duration;
  register_call(npu, duration, {.subject = node, .kind = CallKind::node});
}

void Simulation::issue_compute(std::uint32_t npu, std::uint32_t node) {
  const Node& n = node_at(npu, node);
  const SystemLayer& system = configuration_.system;
  if (!system.roofline_enabled || n.cpu) {
    replay(npu, node);
    return;
  }
  if (n.tensor_bytes == 0) {  // dropped at once; its children are looked at when something else ends
    settle(npu, node);
    return;
  }
  const auto operations = static_cast<double>(n.operations.value_or(0));
  const double intensity = operations / static_cast<double>(n.tensor_bytes);
  const double performance = std::min(system.local_mem_bw_gb_per_s * 1e9 * intensity, system.peak_perf_tflops * 1e12);
  const Cycles duration = whole_cycles(operations / performance * 1e9);
  npus_[npu].times.compute += duration;
  register_call(npu, duration, {.subject = node, .kind = CallKind::node});
}

/// Releases what the node held and frees its children, without starting them.
void Simulation::settle(std::uint32_t npu, std::uint32_t node) {
  Npu& own = npus_[npu];
  const Node& n = node_at(npu, node);
  occupy(own, n, false);
  if (n.kind != NodeKind::compute && --own.comm_in_flight == 0)
    own.times.communication += events_.now() - own.comm_since;
  --own.ongoing;
  for (const std::uint32_t child : graphs_[own.graph].children[node])
    if (--own.blocked_by[child] == 0) own.ready.insert(std::ranges::lower_bound(own.ready, child), child);
}

void Simulation::end_node(std::uint32_t npu, std::uint32_t node) {
  settle(npu, node);
  issue_ready(npu);
  finish_if_done(npu);
}

void Simulation::finish_if_done(std::uint32_t npu) {
  Npu& own = npus_[npu];
  if (own.finished || own.ongoing != 0 || !own.ready.empty()) return;
  own.finished = true;
  own.times.end = events_.now();
}

void Simulation::issue_message(std::uint32_t npu, std::uint32_t node) {
  const Node& n = node_at(npu, node);
  const auto peer = static_cast<std::uint32_t>(n.peer);
  if (n.kind == NodeKind::send) {
    ++messages_sent_;
    fabric_.send({.bytes = n.bytes, .source = npu, .destination = peer, .receiver = none, .slot = node},
                 (peer + total_ - npu) % total_);
    return;
  }
  Channel& channel = channels_[{n.tag, peer, npu, n.bytes}];
  if (channel.arrived == 0) {
    channel.receivers.push_back(node);
    return;
  }
  --channel.arrived;
  const std::uint32_t id = fabric_.store({.destination = npu, .receiver = none, .slot = node});
  events_.push(events_.now(), {EventKind::receive, id});
}

/// The sender's node ends first, then the receiver's, if it waits.
void Simulation::arrive_point_to_point(std::uint32_t id) {
  const Message message = fabric_.message(id);
  fabric_.drop(id);
  const Node& sent = node_at(message.source, message.slot);
  Channel& channel = channels_[{sent.tag, message.source, message.destination, message.bytes}];
  std::uint32_t receiver = none;
  if (channel.receivers.empty()) {
    ++channel.arrived;
  } else {
    receiver = channel.receivers.front();
    channel.receivers.erase(channel.receivers.begin());
  }
  end_node(message.source, message.slot);
  if (receiver != none) end_node(message.destination, receiver);
}

void Simulation::refuse_deadlock() const {
  std::size_t stuck = 0;
  std::string first;
  for (std::size_t rank = 0; rank < npus_.size(); ++rank) {
    const Npu& npu = npus_[rank];
    if (npu.finished) continue;
    if (stuck++ != 0) continue;
    const Graph& graph = *graphs_[npu.graph].nodes;
    std::string held;
    if (!npu.ready.empty())
      held = fmt::format("node {} is ready but nothing that runs could start it", graph[npu.ready.front()].id);
    else if (npu.collective_node != none)
      held = fmt::format("its collective, node {}, waits for ranks that take no part", graph[npu.collective_node].id);
    else
      held = "it waits for a message nobody sends";
    first = fmt::format("rank {} never ends: {}", rank, held);
  }
  throw Error(fmt::format(
      "the simulation stopped at cycle {} with {} of {} ranks unfinished (ASTRA-sim ends with exit code 0 here); {}",
      events_.now(), stuck, npus_.size(), first));
}

}  // namespace ringtrue::astra
