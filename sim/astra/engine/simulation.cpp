#include "sim/astra/engine/simulation.hpp"

#include <algorithm>

#include "sim/astra/engine/packets.hpp"

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
  lists_of_npu_.assign(npus_.size(), none);
  stream_queues_.resize(npus_.size() * static_cast<std::size_t>(queues_));
  // Without contention and with one dimension, nothing depends on the order within a tick.
  check_order_ =
      folded && (configuration.backend == Backend::congestion_aware || configuration.network.dimensions.size() > 1);
  prepare_graphs();
  prepare_communicators();
}

/// A message is at its destination: the waiting receive goes on now, or a later one will.
[[gnu::always_inline]] inline void Simulation::deliver(std::uint32_t id) {
  const Message& message = fabric_.message(id);
  const std::uint32_t instance = message.receiver, slot = message.slot;
  if (instance == none) {
    arrive_point_to_point(id);
    return;
  }
  if (check_order_) touch(slot + 1, instances_[instance].stream, fabric_.pushed(id));
  fabric_.drop(id);
  if (--waiting(instance, slot) >= 0) received(instance);
}

/// `call` may move while it runs.
[[gnu::always_inline]] inline void Simulation::run_call(std::uint32_t npu, const Call& call) {
  const std::uint32_t subject = call.subject;
  if (call.kind == CallKind::node)
    end_node(npu, subject);
  else if (call.reduces)
    register_call(npu, reduction_of(instances_[subject]), {.subject = subject});
  else
    packet_ready(subject);
}

/// Everything registered for one NPU and tick runs at the place of the first, as in ASTRA-sim; what is registered for
/// the same tick meanwhile still belongs to it.
[[gnu::always_inline]] inline void Simulation::run_calls(std::uint32_t list) {
  const std::uint32_t npu = lists_[list].npu;
  if (check_order_) touch(0, none, list_pushed_[list]);
  run_call(npu, lists_[list].first);
  for (std::uint32_t id = lists_[list].first.next; id != none;) {
    run_call(npu, calls_[id]);
    const std::uint32_t next = calls_[id].next;
    calls_[id].next = free_call_;
    free_call_ = id;
    id = next;
  }
  std::uint32_t* link = &lists_of_npu_[npu];
  while (*link != list) link = &lists_[*link].next;
  *link = lists_[list].next;
  lists_[list].next = free_list_;
  free_list_ = list;
}

[[gnu::always_inline]] inline void Simulation::handle(Event event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::arrival:
      if (fabric_.arrive(event.subject)) deliver(event.subject);
      return;
    case EventKind::link_free: fabric_.free_link(event.subject); return;
    case EventKind::calls: run_calls(event.subject); return;
    case EventKind::receive: {
      const Message& message = fabric_.message(event.subject);
      const std::uint32_t receiver = message.receiver, npu = message.destination, node = message.slot;
      fabric_.drop(event.subject);
      if (receiver == none)
        end_node(npu, node);
      else
        received(receiver);
      return;
    }
  }
}

std::vector<RankTimes> Simulation::run() {
  for (std::uint32_t npu = 0; npu < npus_.size(); ++npu) {
    issue_ready(npu);
    finish_if_done(npu);
  }
  Event event;
  if (folded_) {
    while (events_.next(event)) {
      handle(event);
      if (event.kind == EventKind::calls) skip_periods();
    }
  } else {
    while (events_.next(event)) handle(event);
  }
  std::vector<RankTimes> times;
  times.reserve(npus_.size());
  for (const Npu& npu : npus_) {
    if (!npu.finished) refuse_deadlock();
    times.push_back(npu.times);
  }
  return times;
}

}  // namespace ringtrue::astra
