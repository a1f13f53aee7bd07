// The inner loop of a simulation: packets go through the endpoint, are sent, and those received make new ones. Inline,
// as every message runs through it; included by the files that start such a loop.
#pragma once

#include "sim/astra/engine/simulation.hpp"

namespace ringtrue::astra {

[[gnu::always_inline]] inline void Simulation::append_call(CallList& list, const Call& call) {
  std::uint32_t id = free_call_;
  if (id == none) {
    id = static_cast<std::uint32_t>(calls_.size());
    calls_.push_back(call);
  } else {
    free_call_ = calls_[id].next;
    calls_[id] = call;
  }
  (list.first.next == none ? list.first.next : calls_[list.tail].next) = id;
  list.tail = id;
}

[[gnu::always_inline]] inline void Simulation::register_call(std::uint32_t npu, Cycles delay, const Call& call) {
  const Cycles when = events_.now() + delay;
  std::uint32_t list = lists_of_npu_[npu];
  while (list != none && lists_[list].when != when) list = lists_[list].next;
  if (list != none) {
    append_call(lists_[list], call);
    return;
  }
  list = free_list_;
  if (list == none) {
    list = static_cast<std::uint32_t>(lists_.size());
    lists_.emplace_back();
  } else {
    free_list_ = lists_[list].next;
  }
  CallList& fresh = lists_[list];  // field by field: a copy would load wide what was just stored narrow
  fresh.when = when;
  fresh.first.subject = call.subject;
  fresh.first.kind = call.kind;
  fresh.first.reduces = call.reduces;
  fresh.first.next = none;
  fresh.npu = npu;
  fresh.next = lists_of_npu_[npu];
  lists_of_npu_[npu] = list;
  if (check_order_) {
    list_pushed_.resize(lists_.size());
    list_pushed_[list] = events_.now();
  }
  events_.push(when, {calls, list});
}

[[gnu::always_inline]] inline std::int32_t& Simulation::waiting(std::uint32_t id, std::uint32_t slot) {
  Instance& instance = instances_[id];
  if (slot < 2) return instance.waiting[slot];
  Stream& stream = *streams_[instance.stream];
  return stream.waiting[(id - stream.base) * (static_cast<std::size_t>(stream.plan.slots) - 2) + slot - 2];
}

/// The next packet goes through the endpoint, after which it can be sent; most of those made from a received message
/// are reduced with it first.
[[gnu::always_inline]] inline void Simulation::make_packet(std::uint32_t id) {
  Instance& instance = instances_[id];
  const Phase& phase = *instance.phase;
  const std::uint32_t index = instance.packets++;
  Call call{.subject = id};
  if (phase.collective == Collective::all_reduce || phase.collective == Collective::reduce_scatter) {
    const auto group = static_cast<std::uint32_t>(phase.group);
    const std::uint32_t round = index < group ? 0 : index / group;
    const bool reducing = phase.collective == Collective::reduce_scatter || round % 2 == 0;
    call.reduces = reducing && index - round * group >= static_cast<std::uint32_t>(phase.unreduced);
  }
  register_call(instance.npu, phase.endpoint_delay, call);
}

[[gnu::always_inline]] inline void Simulation::received(std::uint32_t id) {
  Instance& instance = instances_[id];
  ++instance.received;
  if (instance.phase->algorithm == Algorithm::double_binary_tree)
    advance_tree(id, true);
  else
    make_packet(id);
}

[[gnu::always_inline]] inline void Simulation::send(const Instance& instance, const Peer& peer, std::uint64_t bytes,
                                                    std::uint32_t slot) {
  ++messages_sent_;
  fabric_.send({.bytes = bytes,
                .source = instance.npu,
                .destination = instances_[peer.instance].npu,
                .receiver = peer.instance,
                .slot = slot},
               peer.relative);
}

[[gnu::always_inline]] inline void Simulation::post_receive(std::uint32_t id, std::uint32_t slot) {
  if (++waiting(id, slot) > 0) return;
  events_.push(events_.now(), {EventKind::receive, fabric_.store({.receiver = id})});
}

/// Sends the oldest packet and waits for its counterpart.
[[gnu::always_inline]] inline void Simulation::send_packet(std::uint32_t id) {
  Instance& instance = instances_[id];
  const Phase& phase = *instance.phase;
  const std::uint32_t index = instance.sent++;
  --instance.sends_left;
  const auto n = static_cast<std::uint32_t>(phase.members);
  auto slot = static_cast<std::uint32_t>(phase.slot);
  if (phase.algorithm == Algorithm::ring) {
    slot += phase.clockwise || n == 2 ? 0 : 1;
    send(instance, {instance.peer, instance.relative}, phase.message, slot);
  } else if (phase.algorithm == Algorithm::direct) {
    const std::uint32_t distance = index < n - 1 ? 1 + index : 1 + index % (n - 1);
    const std::uint32_t offset = phase.clockwise ? distance : n - distance;
    slot += offset - 1;
    send(instance, peer_at(instance, offset), phase.message, slot);
  } else {
    const auto log_distance = static_cast<std::uint32_t>(halving_doubling_distance(phase, index));
    const std::uint32_t position = position_of(instance);
    slot += log_distance;
    send(instance, peer_at(instance, ((position ^ (1U << log_distance)) + n - position) % n),
         halving_doubling_bytes(phase, index), slot);
  }
  post_receive(id, slot);
}

/// A packet went through the endpoint.
[[gnu::always_inline]] inline void Simulation::packet_ready(std::uint32_t id) {
  switch (instances_[id].phase->algorithm) {
    case Algorithm::ring:
    case Algorithm::halving_doubling:
      if (instances_[id].sends_left == 0)
        next_phase(id);
      else
        send_packet(id);
      return;
    case Algorithm::direct: advance_direct(id); return;
    case Algorithm::double_binary_tree: advance_tree(id, false); return;
  }
}

}  // namespace ringtrue::astra
