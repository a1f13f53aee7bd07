// Ranks that poll sockets and share cores, as in a cluster emulated on one machine.
//
// The ranks of a core take turns, which the kernel gives by fair shares (FairCore). In a turn a rank goes on with its
// schedule until it has to wait for something that is not there yet; then it polls its sockets, takes in what has
// arrived, polls again, until a poll brings nothing (traced: the event loop of Open MPI 4.1's opal_progress_events ends
// only then), and yields, whatever the polls brought: opal_progress does not count what came over sockets as work done.
// So a message that was taken in is acted on in the next turn. A waiting rank is not free: it polls in its turn. Half
// of an empty turn is the switch, half the poll (traced: 6 us a turn, 3 us if the same rank goes on). In which order
// ranks came to their core is as good as random. What counts in a ring, and in pairs, is how often the next rank's turn
// comes before its neighbour's: half of the time on average. Even ranks first, then odd ones, has just that.
//
// Iterations follow each other as they do when measured, until their median is known, and that is reported: the link's
// token bucket is as full as the iterations before left it, and ranks begin at whatever turn it is. A row is measured
// for longer than it is replayed: where a bucket that was full is still running out at the end, the replay begins again
// with empty ones.

#include "sim/cluster/polling/polling.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "sim/cluster/polling/fair_core.hpp"
#include "sim/cluster/polling/iteration_times.hpp"
#include "sim/cluster/polling/rounds.hpp"
#include "sim/cluster/prices.hpp"
#include "sim/cluster/tcp/sockets.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t least_iterations = 5;

/// Short iterations depend on the order of turns. Collectives of long messages may fall into one of two rhythms, each
/// iteration anew, which differ by a third: so many show which is the more frequent one. Long calibration subjects do
/// not.
std::size_t most_iterations(const Experiment& experiment) {
  return as_collective(experiment) != nullptr || message_bytes(experiment) <= 64_KiB ? 25 : least_iterations;
}

struct PollingRank {
  PollingRank(const Experiment& experiment, int rank)
      : rounds(experiment, rank), slots(static_cast<std::size_t>(rounds.slots())) {}
  Rounds rounds;
  std::vector<SocketTransfer> slots;
  const SocketTransfer* awaited = nullptr;
  int meetings = 0;            ///< That it has come to.
  bool starts = false;         ///< An iteration, when the meeting is over.
  int started = 0, ended = 0;  ///< Iterations.
};

struct PollingCore {
  FairCore fair;
  std::size_t turn = 0;  ///< Whose it is, an index into fair.ranks().
  int running = -1;      ///< That rank, or the one whose turn was last.
  SimTime began{};       ///< When the turn began.
  bool silent = false;   ///< No rank has anything to do: no turn is pending.
  SimTime silent_since{};
};

class Polling {
 public:
  Polling(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
          ObserveReplay observe = {});
  void empty_buckets() { sockets_.empty_buckets(); }
  Prediction run();
  /// After run().
  bool drained_links() const { return times_.drained_links(); }

 private:
  void take_turn(std::uint32_t core);
  void poll(std::uint32_t core);
  /// Goes on with the schedule from `now` until the rank has to wait; returns when that is.
  SimTime go_on(int rank, SimTime now);
  SimTime execute(const Operation& operation, int rank, SimTime now);
  /// Takes its time; false where the rank has to wait for the others.
  bool pass(Mark mark, PollingRank& rank, SimTime& now);
  /// The rank waits until all have come.
  void meet(PollingRank& rank, SimTime now);
  void open_meeting();
  SimTime common_start() const;
  bool waits(const PollingRank& rank) const {
    return rank.meetings > opened_ || (rank.awaited != nullptr && !sockets_.done(*rank.awaited));
  }
  void end_turn(std::uint32_t core, SimTime now);
  void wake(int rank);
  SimTime turn_of(const PollingCore& core) const { return core.fair.ranks().size() == 1 ? turn_ / 2 : turn_; }

  ObserveReplay observe_;
  Prices prices_;
  SimTime refresh_{};  ///< CPU time between two iterations, at most: only what others have read is written again.
  int sharing_;        ///< Ranks of a core.
  SimTime turn_;
  bool next_turn_;
  EventQueue<PollingEvent> events_;
  std::vector<PollingRank> ranks_;
  std::vector<PollingCore> cores_;
  std::vector<std::uint32_t> core_of_;
  Sockets sockets_;
  bool over_ = false;    ///< No iteration follows.
  int opened_ = 0;       ///< Meetings that are over.
  std::size_t met_ = 0;  ///< Ranks that have come to the next.
  SimTime last_to_come_{}, all_ended_{};
  IterationTimes times_;
};

Polling::Polling(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
                 ObserveReplay observe)
    : observe_(std::move(observe)),
      prices_(experiment, scale),
      sharing_(ranks_per_core(experiment.ranks, platform.system)),
      turn_(std::max(SimTime{1000}, to_sim_time(scale.turn))),
      next_turn_(platform.has(Mechanism::next_turn)),
      sockets_(experiment, platform, scale, events_, [this](int rank) { wake(rank); }),
      times_(least_iterations, most_iterations(experiment)) {
  if (as_collective(experiment) != nullptr) refresh_ = to_sim_time(prices_.of(scale.copy, message_bytes(experiment)));
  ranks_.reserve(static_cast<std::size_t>(experiment.ranks));
  // Shares of nothing would be given in a thousand turns of nothing.
  const bool fair = platform.has(Mechanism::fair_shares) && platform.has(Mechanism::turns);
  std::vector<std::vector<int>> sharing(static_cast<std::size_t>(cores_in_all(platform.system)));
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    ranks_.emplace_back(experiment, rank);
    core_of_.push_back(static_cast<std::uint32_t>(core_of_rank(rank, experiment.ranks, platform.system)));
    sharing[core_of_.back()].push_back(rank);
  }
  for (std::uint32_t core = 0; core < sharing.size(); ++core) {
    std::stable_partition(sharing[core].begin(), sharing[core].end(),
                          [&](int rank) { return (rank - sharing[core].front()) % 2 == 0; });
    cores_.push_back({.fair = FairCore(sharing[core], fair)});
    if (!sharing[core].empty()) events_.schedule(SimTime{0}, PollingEvent::turn, core);
  }
}

/// And those that follow, while the ranks whose turns they are have nothing to do and nothing else happens.
void Polling::take_turn(std::uint32_t core_index) {
  PollingCore& core = cores_[core_index];
  const SimTime empty_poll = turn_ / 2, next_event = events_.next_time().value_or(SimTime::max());
  core.began = events_.now();
  for (;;) {
    const int before = core.running;
    core.turn = core.fair.pick();
    core.running = core.fair.ranks()[core.turn];
    const PollingRank& rank = ranks_[static_cast<std::size_t>(core.running)];
    const bool same = core.running == before;
    const SimTime now = core.began + (same ? SimTime{0} : turn_ / 2);
    const bool idle = waits(rank) && !sockets_.has_work(core.running);
    if (!idle || now + empty_poll >= next_event) {
      const SimTime until = waits(rank) ? now : go_on(core.running, now);
      return events_.schedule(until + empty_poll, PollingEvent::poll, core_index);
    }
    if (same) {
      core.began +=
          core.fair.yield_repeatedly(core.turn, empty_poll, (next_event - now - SimTime{1}) / empty_poll) * empty_poll;
    } else {
      core.fair.yield(core.turn, now + empty_poll - core.began);
      core.began = now + empty_poll;
    }
  }
}

void Polling::poll(std::uint32_t core_index) {
  const int running = cores_[core_index].running;
  const PollingRank& rank = ranks_[static_cast<std::size_t>(running)];
  if (sockets_.has_work(running)) {
    const SimTime busy = sockets_.poll(running, events_.now());
    return events_.schedule(events_.now() + busy + turn_ / 2, PollingEvent::poll, core_index);
  }
  SimTime until = events_.now();
  if (!next_turn_ && rank.awaited != nullptr && !waits(rank)) until = go_on(running, until);
  end_turn(core_index, until);
}

SimTime Polling::go_on(int rank_index, SimTime now) {
  PollingRank& rank = ranks_[static_cast<std::size_t>(rank_index)];
  rank.awaited = nullptr;
  if (std::exchange(rank.starts, false)) times_.note_start(rank.started++, now, sockets_.credit(now));
  for (;;) {
    const Rounds::Step step = rank.rounds.next();
    const auto* operation = std::get_if<Operation>(&step);
    if (observe_ && rank.started > rank.ended) observe_(rank_index, rank.ended, now);
    if (operation == nullptr) {
      if (!pass(std::get<Mark>(step), rank, now)) return now;
    } else if (operation->kind != OperationKind::wait) {
      now += execute(*operation, rank_index, now);
    } else if (const auto slot = static_cast<std::size_t>(operation->slot); !sockets_.done(rank.slots[slot])) {
      rank.awaited = &rank.slots[slot];
      return now;
    }
  }
}

SimTime Polling::execute(const Operation& operation, int rank, SimTime now) {
  SocketTransfer& slot = ranks_[static_cast<std::size_t>(rank)].slots[static_cast<std::size_t>(operation.slot)];
  switch (operation.kind) {
    case OperationKind::isend: return sockets_.send(operation, rank, now, slot);
    case OperationKind::irecv: return sockets_.receive(operation, rank, now, slot);
    case OperationKind::reduce: return to_sim_time(prices_.reduction(operation));
    case OperationKind::copy: return to_sim_time(prices_.copied({operation.span.length}));
    case OperationKind::wait: break;
  }
  throw std::logic_error("Polling: a wait is not executed");
}

bool Polling::pass(Mark mark, PollingRank& rank, SimTime& now) {
  if (mark == Mark::refresh) {
    now += refresh_;
    return true;
  }
  if (mark == Mark::ended) times_.note_end(rank.ended++, now);
  rank.starts = mark == Mark::started;
  meet(rank, now);
  return false;
}

void Polling::meet(PollingRank& rank, SimTime now) {
  ++rank.meetings;
  last_to_come_ = std::max(last_to_come_, now);
  if (++met_ < ranks_.size()) return;
  if (!rank.starts) {
    all_ended_ = last_to_come_;
    over_ = times_.enough();
  }
  events_.schedule(last_to_come_ + (rank.starts ? common_start() : SimTime{0}), PollingEvent::meeting, 0);
}

/// Beyond one barrier: ranks learn of the common start as in another, and it leaves a quarter of that as slack. Where
/// there is nothing to refresh, no barrier comes before. See bench/mpi/common_start.
SimTime Polling::common_start() const {
  const SimTime barrier = std::max(SimTime{0}, last_to_come_ - all_ended_ - sharing_ * refresh_);
  return barrier / 4 + (refresh_ > SimTime{0} ? barrier : SimTime{0});
}

void Polling::open_meeting() {
  ++opened_;
  met_ = 0;
  for (int rank = 0; rank < static_cast<int>(ranks_.size()); ++rank) wake(rank);
}

/// The next turn, unless there is nothing to do for any rank of the core.
void Polling::end_turn(std::uint32_t core_index, SimTime now) {
  PollingCore& core = cores_[core_index];
  core.fair.yield(core.turn, now - core.began);
  core.silent = std::ranges::none_of(core.fair.ranks(), [&](int index) {
    const PollingRank& rank = ranks_[static_cast<std::size_t>(index)];
    return !waits(rank) || sockets_.has_work(index);
  });
  core.silent_since = now;
  if (!core.silent) events_.schedule(now, PollingEvent::turn, core_index);
}

/// Something has arrived at a silent core, or a meeting is over. Its turns have gone on unobserved: the rank whose turn
/// it is polls at the end of it.
void Polling::wake(int rank) {
  const std::uint32_t index = core_of_[static_cast<std::size_t>(rank)];
  PollingCore& core = cores_[index];
  if (!core.silent) return;
  core.silent = false;
  const std::int64_t passed = std::max(SimTime{0}, events_.now() - core.silent_since) / turn_of(core);
  core.fair.idle(passed * turn_of(core), passed);
  core.turn = core.fair.pick();
  core.running = core.fair.ranks()[core.turn];
  core.began = core.silent_since + passed * turn_of(core);
  events_.schedule(core.silent_since + (passed + 1) * turn_of(core), PollingEvent::poll, index);
}

Prediction Polling::run() {
  for (auto event = events_.next(); event && !over_; event = events_.next()) {
    switch (event->kind) {
      case PollingEvent::turn: take_turn(event->subject); break;
      case PollingEvent::poll: poll(event->subject); break;
      case PollingEvent::hand: sockets_.hand(event->subject); break;
      case PollingEvent::arrive: sockets_.arrive(event->subject); break;
      case PollingEvent::acknowledge: sockets_.acknowledge(event->subject); break;
      case PollingEvent::meeting: open_meeting(); break;
    }
  }
  assert(over_ && "a schedule never deadlocks");
  return {.time = times_.median_time(), .extrapolated = prices_.extrapolated() || sockets_.extrapolated()};
}

}  // namespace

Prediction replay_polling(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
                          const ObserveReplay& observe) {
  assert(scale.ranks == experiment.ranks);
  Polling from_full(experiment, platform, scale);
  Prediction prediction = from_full.run();
  const bool drained = from_full.drained_links();
  if (!drained && !observe) return prediction;
  Polling again(experiment, platform, scale, observe);
  if (drained) again.empty_buckets();
  return again.run();
}

}  // namespace ringtrue
