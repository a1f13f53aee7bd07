// Ranks run on cores. A rank executes its schedule until it has to wait.
//
// A rank with a core to itself polls: a message is seen one latency (`turn`) after it was sent; taking it in costs the
// receiver CPU time by size, by where the sender sits and by who has read the memory that it goes into, as reductions
// and copies do; then the rank goes on.
//
// Ranks that share a core take turns. Open MPI's wait gives the core away when it finds nothing (sched_yield), so every
// wait for a message costs one round of turns, each of `turn`, whoever has something to do doing it in passing; a
// waiting rank is not free, it polls in its turn. Exchanges measured at 4 and 8 ranks on 2 cores advance one step a
// round, whether partners share a core or not, and so does the ring. The kernel does not hand the core on in the order
// of the ring; turns go to descending ranks, so that no message rides through several ranks in one round. While all
// ranks of a core wait, their turns go on unobserved: the event that ends the silence computes whose turn it is then.
//
// Events: a core's next turn, and a core going on with the same rank after CPU work.

#include <algorithm>
#include <cassert>
#include <optional>

#include "experiment/schedule/ownership.hpp"
#include "experiment/schedule/schedule.hpp"
#include "sim/cluster/channels.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/cluster/prices.hpp"
#include "sim/event_queue.hpp"

namespace ringtrue {
namespace {

enum class CoreEvent : std::uint8_t { turn, go_on };

/// A slot of the schedule: the n-th message of a channel.
struct Transfer {
  int channel = -1;
  std::size_t index = 0;
  Bytes size;
  bool sending = false, to_scratch = false;
  double read_by_others = 0;  ///< Of what is received into, see Ownership.
};

struct Rank {
  Rank(const Experiment& experiment, int rank)
      : schedule(experiment, rank), slots(static_cast<std::size_t>(schedule.slots())) {}
  Schedule schedule;
  std::vector<Transfer> slots;
  std::optional<Ownership> memory;
  Operation current;
  bool busy = false;  ///< `current` did not finish yet.
  bool started = false, finished = false;
  bool yielded = false;  ///< The current wait has given its core away once.
  SimTime start{}, end{};
};

struct Core {
  std::vector<std::uint32_t> ranks;
  std::size_t next = 0;  ///< Whose turn comes, as an index into ranks.
  std::uint32_t running = 0;
  bool idle = false;  ///< All wait and nothing is due: no event is pending.
  SimTime idle_since{};
};

class Replay {
 public:
  Replay(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
         const ObserveReplay& observe);
  Prediction run();

 private:
  void take_turn(std::uint32_t core_index);
  void go_on(std::uint32_t core_index);
  /// One operation of the running rank; true if it finished without taking time, so that the next may follow at once.
  bool execute(Rank& rank, std::uint32_t rank_index, std::uint32_t core_index);
  void send(const Operation& operation, Rank& rank, int rank_index);
  bool wait(Rank& rank, std::uint32_t core_index);
  /// What a rank in a wait waits for. Requires a started rank that has not finished.
  const Transfer& awaited(const Rank& rank) const { return rank.slots[static_cast<std::size_t>(rank.current.slot)]; }
  const ChannelMessage& message_of(const Transfer& transfer) const {
    return channels_[transfer.channel].messages[transfer.index];
  }
  bool due_at(const Rank& rank, SimTime when) const;
  bool ready(const Rank& rank) const { return !rank.started || due_at(rank, events_.now()); }
  void leave(std::uint32_t core_index);
  void wake(std::uint32_t core_index, SimTime when);
  void work(Seconds time, std::uint32_t core_index);
  Seconds received(bool from_other_core, const Transfer& transfer);

  const ClusterScale& scale_;
  const ObserveReplay& observe_;
  const Bytes largest_unannounced_;
  Prices prices_;
  SimTime turn_;
  bool sharing_, next_turn_, warm_scratch_;
  EventQueue<CoreEvent> events_;
  std::vector<Rank> ranks_;
  std::vector<Core> cores_;
  std::vector<int> core_of_;
  Channels channels_;
};

Replay::Replay(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
               const ObserveReplay& observe)
    : scale_(scale),
      observe_(observe),
      largest_unannounced_(largest_unannounced(platform)),
      prices_(experiment, scale),
      turn_(to_sim_time(scale.turn)),
      sharing_(ranks_per_core(experiment.ranks, platform.system) > 1),
      next_turn_(platform.has(Mechanism::next_turn)),
      warm_scratch_(platform.has(Mechanism::warm_scratch)),
      cores_(static_cast<std::size_t>(platform.system.hosts) * static_cast<std::size_t>(platform.system.cores)),
      channels_(experiment.ranks) {
  ranks_.reserve(static_cast<std::size_t>(experiment.ranks));
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    ranks_.emplace_back(experiment, rank);
    core_of_.push_back(core_of_rank(rank, experiment.ranks, platform.system));
    std::vector<std::uint32_t>& sharing = cores_[static_cast<std::size_t>(core_of_.back())].ranks;
    sharing.insert(sharing.begin(), static_cast<std::uint32_t>(rank));  // descending, see above
  }
  for (std::uint32_t core = 0; core < cores_.size(); ++core)
    if (!cores_[core].ranks.empty()) events_.schedule(SimTime{0}, CoreEvent::turn, core);
  const Bytes largest_eager = largest_eager_message(platform.eager_limit);
  if (scale.fresh.empty() || message_bytes(experiment) <= largest_eager) return;
  for (int rank = 0; rank < experiment.ranks; ++rank)
    ranks_[static_cast<std::size_t>(rank)].memory = Ownership::between_cores(experiment, rank, core_of_, largest_eager);
}

Seconds Replay::received(bool from_other_core, const Transfer& transfer) {
  const Seconds walked = prices_.message(from_other_core, transfer.size, transfer.read_by_others);
  if (!warm_scratch_ || !transfer.to_scratch) return walked;
  return prices_.to_scratch(walked, transfer.size, ranks_.front().schedule.scratch_bytes());
}

void Replay::work(Seconds time, std::uint32_t core_index) {
  events_.schedule(events_.now() + to_sim_time(time), CoreEvent::go_on, core_index);
}

void Replay::take_turn(std::uint32_t core_index) {
  Core& core = cores_[core_index];
  core.idle = false;
  core.running = core.ranks[core.next];
  core.next = (core.next + 1) % core.ranks.size();
  Rank& rank = ranks_[core.running];
  if (!rank.started) {
    rank.started = true;
    rank.start = events_.now();
  }
  if (sharing_) return work(scale_.turn, core_index);
  go_on(core_index);
}

void Replay::go_on(std::uint32_t core_index) {
  const std::uint32_t rank_index = cores_[core_index].running;
  Rank& rank = ranks_[rank_index];
  while (!rank.finished) {
    if (!rank.busy) {
      rank.busy = rank.schedule.next(rank.current);
      rank.yielded = false;
      if (observe_) observe_(static_cast<int>(rank_index), 0, events_.now());
    }
    if (!rank.busy) {
      rank.finished = true;
      rank.end = events_.now();
      break;
    }
    if (!execute(rank, rank_index, core_index)) return;
    rank.busy = false;
  }
  leave(core_index);
}

bool Replay::execute(Rank& rank, std::uint32_t rank_index, std::uint32_t core_index) {
  const Operation& operation = rank.current;
  Transfer& slot = rank.slots[static_cast<std::size_t>(operation.slot)];
  const bool writes_or_sends = operation.kind != OperationKind::wait;
  const double read_by_others = rank.memory && writes_or_sends ? rank.memory->follow(operation) : 0;
  const Bytes size{operation.span.length};
  switch (operation.kind) {
    case OperationKind::isend: send(operation, rank, static_cast<int>(rank_index)); return true;
    case OperationKind::irecv: {
      slot = {.channel = channels_.between(operation.peer, static_cast<int>(rank_index), operation.tag),
              .index = 0,
              .size = size,
              .to_scratch = operation.span.buffer == Buffer::scratch,
              .read_by_others = read_by_others};
      Channel& from = channels_[slot.channel];
      slot.index = from.receives++;
      from.message(slot.index);
      return true;
    }
    case OperationKind::reduce:
      work(prices_.reduction(operation) + prices_.taken_back(size, read_by_others), core_index);
      rank.busy = false;
      return false;
    case OperationKind::copy:
      work(prices_.copied(size) + prices_.taken_back(size, read_by_others), core_index);
      rank.busy = false;
      return false;
    case OperationKind::wait: return wait(rank, core_index);
  }
  throw std::logic_error("Replay: not an operation");
}

void Replay::send(const Operation& operation, Rank& rank, int rank_index) {
  Transfer& slot = rank.slots[static_cast<std::size_t>(operation.slot)];
  slot = {.channel = channels_.between(rank_index, operation.peer, operation.tag),
          .index = 0,
          .size = {operation.span.length},
          .sending = true};
  Channel& to = channels_[slot.channel];
  slot.index = to.sends++;
  ChannelMessage& message = to.message(slot.index);
  const SimTime visible = events_.now() + (sharing_ ? SimTime{0} : turn_);
  message.sent = true;
  message.visible = visible;
  wake(static_cast<std::uint32_t>(core_of_[static_cast<std::size_t>(operation.peer)]), visible);
}

/// The wait of a started rank could end at `when`.
bool Replay::due_at(const Rank& rank, SimTime when) const {
  if (rank.finished) return false;
  const ChannelMessage& message = message_of(awaited(rank));
  return awaited(rank).sending ? message.taken : message.sent && message.visible <= when;
}

/// An eager send ends at once, another one when its message was taken in. A receive costs a round of turns first if the
/// core is shared.
bool Replay::wait(Rank& rank, std::uint32_t core_index) {
  Transfer& slot = rank.slots[static_cast<std::size_t>(rank.current.slot)];
  if (slot.channel < 0) return true;  // nothing was started here: the range was empty
  if (slot.sending && slot.size <= largest_unannounced_) return true;
  const bool must_yield = sharing_ && next_turn_ && !slot.sending && !rank.yielded;
  if (must_yield || !ready(rank)) {
    rank.yielded = true;
    leave(core_index);
    return false;
  }
  const Transfer done = slot;
  slot = {};
  if (done.sending) return true;
  Channel& from = channels_[done.channel];
  from.messages[done.index].taken = true;
  const auto source_core = static_cast<std::uint32_t>(core_of_[static_cast<std::size_t>(from.source)]);
  work(received(source_core != core_index, done), core_index);
  wake(source_core, events_.now());
  rank.busy = false;
  return false;
}

/// The running rank waits or has finished: the next turn, or silence if nobody on this core has anything to do.
void Replay::leave(std::uint32_t core_index) {
  Core& core = cores_[core_index];
  const bool any = std::ranges::any_of(core.ranks, [&](std::uint32_t r) { return ready(ranks_[r]); });
  if (any) return events_.schedule(events_.now(), CoreEvent::turn, core_index);
  core.idle = true;
  core.idle_since = events_.now();
  for (const std::uint32_t r : core.ranks) {  // a message that is on its way ends the silence by itself
    const Rank& rank = ranks_[r];
    if (rank.finished || awaited(rank).sending || !message_of(awaited(rank)).sent) continue;
    return wake(core_index, message_of(awaited(rank)).visible);
  }
}

/// Something happens to a rank of this core at `when`. If the core is silent, its next turn begins there: at the end of
/// the turn that is running unobserved, with the rank whose turn it is by then.
void Replay::wake(std::uint32_t core_index, SimTime when) {
  Core& core = cores_[core_index];
  if (!core.idle) return;
  if (std::ranges::none_of(core.ranks, [&](std::uint32_t r) { return due_at(ranks_[r], when); })) return;
  core.idle = false;
  if (!sharing_ || turn_.count() == 0) return events_.schedule(when, CoreEvent::turn, core_index);
  const std::int64_t turns = (std::max(when, core.idle_since) - core.idle_since + turn_ - SimTime{1}) / turn_;
  core.next = (core.next + static_cast<std::size_t>(turns)) % core.ranks.size();
  events_.schedule(core.idle_since + turns * turn_, CoreEvent::turn, core_index);
}

Prediction Replay::run() {
  while (const auto event = events_.next()) {
    switch (event->kind) {
      case CoreEvent::turn: take_turn(event->subject); break;
      case CoreEvent::go_on: go_on(event->subject); break;
    }
  }
  SimTime start = SimTime::max(), end{};
  for (const Rank& rank : ranks_) {
    assert(rank.finished && "a schedule never deadlocks");
    start = std::min(start, rank.start);
    end = std::max(end, rank.end);
  }
  return {.time = to_seconds(end - start) + scale_.skew, .extrapolated = prices_.extrapolated()};
}

}  // namespace

Prediction replay(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
                  const ObserveReplay& observe) {
  assert(scale.ranks == experiment.ranks);
  return Replay(experiment, platform, scale, observe).run();
}

}  // namespace ringtrue
