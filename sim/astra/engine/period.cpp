// A folded ring repeats itself: after some packets the pending events, seen from now, are those of some packets before.
// Then whole periods are skipped by moving the clock and the counters, as long as no counter passes a point at which
// the ring behaves differently. Exact, because the simulation is deterministic and depends on nothing else.
#include <algorithm>

#include "sim/astra/engine/packets.hpp"

namespace ringtrue::astra {
namespace {

constexpr std::uint32_t margin = 16;       // packets left alone before such a point
constexpr std::uint32_t most_tries = 512;  // states compared before we believe that nothing repeats itself

}  // namespace

void Simulation::touch(std::uint32_t actor, std::uint32_t stream, Cycles pushed) {
  order_.touch(events_.now(), pushed, actor, stream);
}

/// How many packets the instance makes before it behaves differently.
std::uint32_t Simulation::steady_packets(const Instance& instance) const {
  if (instance.packets == 0) return ~std::uint32_t{0};  // in a queue, or done: the others have to come past that first
  const Phase& phase = *instance.phase;
  if (phase.algorithm != Algorithm::ring) return 0;
  const auto group = static_cast<std::uint32_t>(phase.group);
  return std::min(instance.sends_left, group - instance.packets % group);
}

std::uint32_t Simulation::steady_packets() const {
  std::uint32_t least = ~std::uint32_t{0};
  bool any = false;
  for (const Instance& instance : instances_) {
    if (instance.phase == nullptr || streams_[instance.stream]->done != 0) continue;
    any = any || instance.packets != 0;
    least = std::min(least, steady_packets(instance));
  }
  return any ? least : 0;
}

bool Simulation::ends_node(const TimedEvent& timed) const {
  return timed.event.kind == EventKind::calls && lists_[timed.event.subject].first.kind == CallKind::node;
}

void Simulation::describe_calls(std::uint32_t list, std::vector<std::uint64_t>& state) const {
  const Call* call = &lists_[list].first;
  for (;; call = &calls_[call->next]) {
    state.insert(state.end(), {static_cast<std::uint64_t>(call->kind), call->subject, call->reduces ? 1U : 0U});
    if (call->next == none) return;
  }
}

void Simulation::describe(Event event, std::vector<std::uint64_t>& state) const {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::arrival:
    case EventKind::receive: fabric_.describe(event.subject, state); return;
    case EventKind::link_free: state.push_back(event.subject); return;
    case EventKind::calls: describe_calls(event.subject, state); return;
  }
}

/// All that decides what happens next, seen from now and without the counters.
std::vector<std::uint64_t> Simulation::state_of(const std::vector<TimedEvent>& pending) const {
  std::vector<std::uint64_t> state;
  for (const TimedEvent& timed : pending) {
    if (ends_node(timed)) continue;
    state.insert(state.end(), {timed.when - events_.now(), timed.event.kind});
    describe(timed.event, state);
  }
  fabric_.describe(state);
  for (const Instance& i : instances_)
    state.insert(state.end(), {i.packets - i.sent, i.packets - i.received, static_cast<std::uint64_t>(i.waiting[0]),
                               static_cast<std::uint64_t>(i.waiting[1])});
  return state;
}

std::vector<Simulation::Counters> Simulation::counters() const {
  std::vector<Counters> all;
  for (std::uint32_t i = 0; i < instances_.size(); ++i) all.push_back({i, instances_[i].sent, instances_[i].packets});
  return all;
}

/// Called after each call list of a folded run.
void Simulation::skip_periods() {
  if (steady_packets() < 4 * margin) {
    period_ = {};
    return;
  }
  if (period_.tries >= most_tries) return;
  const Cycles now = events_.now();
  std::vector<TimedEvent> pending = events_.drain();
  events_.restart(now);
  std::vector<std::uint64_t> state = state_of(pending);
  if (state == period_.state && now > period_.at) {
    if (const std::uint64_t periods = periods_left(pending); periods > 0) skip(periods, pending);
    period_ = {};
  } else if (++period_.tries >= period_.until) {
    period_.until *= 2;
    period_.state = std::move(state);
    period_.counters = counters();
    period_.at = now;
    period_.messages = messages_sent_;
  }
  for (const TimedEvent& timed : pending) events_.push(timed.when, timed.event);
}

std::uint64_t Simulation::periods_left(const std::vector<TimedEvent>& pending) const {
  std::uint64_t periods = ~std::uint64_t{0};
  for (const Counters& before : period_.counters) {
    const Instance& instance = instances_[before.instance];
    if (const std::uint32_t made = instance.packets - before.packets; made != 0)
      periods = std::min<std::uint64_t>(periods, (steady_packets(instance) - margin) / made);
  }
  const Cycles length = events_.now() - period_.at;
  for (const TimedEvent& timed : pending) {
    if (!ends_node(timed)) continue;
    if (lists_[timed.event.subject].first.next != none) return 0;
    periods = std::min(periods, (timed.when - events_.now()) / length);
  }
  if (periods == ~std::uint64_t{0}) return 0;
  return periods > 0 ? periods - 1 : 0;
}

void Simulation::skip(std::uint64_t periods, std::vector<TimedEvent>& pending) {
  const Cycles forward = periods * (events_.now() - period_.at);
  for (const Counters& before : period_.counters) {
    Instance& instance = instances_[before.instance];
    const auto packets = static_cast<std::uint32_t>(periods * (instance.packets - before.packets));
    const auto sent = static_cast<std::uint32_t>(periods * (instance.sent - before.sent));
    instance.packets += packets;
    instance.received += packets;
    instance.sent += sent;
    instance.sends_left -= sent;
  }
  messages_sent_ += periods * (messages_sent_ - period_.messages);
  events_.restart(events_.now() + forward);
  for (TimedEvent& timed : pending) {
    if (ends_node(timed)) continue;
    timed.when += forward;
    if (timed.event.kind == EventKind::calls) lists_[timed.event.subject].when = timed.when;
  }
  // What ends a node was pushed before what is going round.
  std::stable_partition(pending.begin(), pending.end(), [this](const TimedEvent& timed) { return ends_node(timed); });
}

}  // namespace ringtrue::astra
