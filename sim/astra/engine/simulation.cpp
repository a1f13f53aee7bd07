#include "sim/astra/engine/simulation.hpp"

#include <algorithm>

namespace ringtrue::astra {

Simulation::Simulation(const Configuration& configuration, const Workload& workload, bool folded)
    : configuration_(configuration),
      workload_(workload),
      folded_(folded),
      total_(static_cast<std::uint32_t>(npu_count(configuration.network))),
      fabric_(configuration.network, configuration.backend, folded, events_),
      queue_chooser_(static_cast<int>(configuration.network.dimensions.size()), configuration.queues_per_dim) {
  const int queues = configuration.queues_per_dim;
  concurrent_ = static_cast<std::uint32_t>((configuration.system.active_chunks_per_dimension + queues - 1) / queues);
  queues_ = static_cast<int>(configuration.network.dimensions.size()) * queues;
  npus_.resize(folded ? 1 : total_);
  stream_queues_.resize(npus_.size() * static_cast<std::size_t>(queues_));
  prepare_graphs();
  prepare_communicators();
}

std::vector<RankTimes> Simulation::run() {
  for (std::uint32_t npu = 0; npu < npus_.size(); ++npu) {
    issue_ready(npu);
    finish_if_done(npu);
  }
  Event event;
  while (events_.next(event)) handle(event);
  std::vector<RankTimes> times;
  times.reserve(npus_.size());
  for (const Npu& npu : npus_) {
    if (!npu.finished) refuse_deadlock();
    times.push_back(npu.times);
  }
  return times;
}

void Simulation::handle(Event event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::arrival:
      if (fabric_.arrive(event.subject)) deliver(event.subject);
      return;
    case EventKind::link_free: fabric_.free_link(event.subject); return;
    case EventKind::calls: run_calls(event.subject); return;
    case EventKind::receive: {
      const Message message = fabric_.message(event.subject);
      fabric_.drop(event.subject);
      if (message.stream == none)
        end_node(message.destination, message.slot);
      else
        received(message.destination, message.stream);
      return;
    }
  }
}

/// Everything registered for one NPU and tick runs at the place of the first, as in ASTRA-sim; what is registered for
/// the same tick meanwhile still belongs to it.
void Simulation::run_calls(std::uint32_t list) {
  const std::uint32_t npu = lists_[list].npu;
  for (std::uint32_t id = lists_[list].head; id != none;) {
    const Call call = calls_[id];
    if (call.kind == CallKind::node)
      end_node(npu, call.subject);
    else if (call.reduces)
      register_call(npu, call.reduction, {.kind = CallKind::packet, .subject = call.subject});
    else
      packet_ready(npu, call.subject);
    const std::uint32_t next = calls_[id].next;
    calls_[id].next = free_call_;
    free_call_ = id;
    id = next;
  }
  std::uint32_t* link = &npus_[npu].lists;
  while (*link != list) link = &lists_[*link].next;
  *link = lists_[list].next;
  lists_[list].next = free_list_;
  free_list_ = list;
}

void Simulation::register_call(std::uint32_t npu, Cycles delay, Call call) {
  const Cycles when = events_.now() + delay;
  std::uint32_t id = free_call_;
  if (id == none) {
    id = static_cast<std::uint32_t>(calls_.size());
    calls_.push_back(call);
  } else {
    free_call_ = calls_[id].next;
    calls_[id] = call;
  }
  std::uint32_t list = npus_[npu].lists;
  while (list != none && lists_[list].when != when) list = lists_[list].next;
  if (list != none) {
    calls_[lists_[list].tail].next = id;
    lists_[list].tail = id;
    return;
  }
  const CallList fresh{.when = when, .npu = npu, .head = id, .tail = id, .next = npus_[npu].lists};
  list = free_list_;
  if (list == none) {
    list = static_cast<std::uint32_t>(lists_.size());
    lists_.push_back(fresh);
  } else {
    free_list_ = lists_[list].next;
    lists_[list] = fresh;
  }
  npus_[npu].lists = list;
  events_.push(when, {calls, list});
}

/// A message is at its destination: the waiting receive goes on now, or a later one will.
void Simulation::deliver(std::uint32_t id) {
  const Message& message = fabric_.message(id);
  if (message.stream == none) {
    arrive_point_to_point(id);
    return;
  }
  const std::uint32_t npu = message.destination, stream = message.stream, slot = message.slot;
  fabric_.drop(id);
  Stream& s = *streams_[stream];
  if (--waiting(s, member_of(s, npu), slot) >= 0) received(npu, stream);
}

}  // namespace ringtrue::astra
