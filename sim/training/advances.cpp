#include "sim/training/advances.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "experiment/schedule/schedule.hpp"
#include "sim/cluster/channels.hpp"

namespace ringtrue {
namespace {

/// Until it is posted, and sent.
constexpr int never = std::numeric_limits<int>::max() / 2;

/// When both sides began with a message.
struct Message {
  int sent = never, posted = never;
  int arrives() const { return sent + 1; }
  int taken() const { return std::max(arrives(), posted); }
};

/// What a slot of the schedule sends or receives: the n-th message of a channel.
struct Awaited {
  int channel = -1;  ///< -1: nothing that is waited for.
  std::size_t index = 0;
  bool sending = false;
};

struct AdvancingRank {
  AdvancingRank(const Experiment& experiment, int rank)
      : schedule(experiment, rank), slots(static_cast<std::size_t>(schedule.slots())) {
    finished = !schedule.next(current);
  }
  Schedule schedule;
  std::vector<Awaited> slots;
  Operation current;
  bool finished = false;
};

class Advancing {
 public:
  Advancing(const Experiment& experiment, Bytes largest_eager)
      : channels_(experiment.ranks), largest_eager_(largest_eager) {
    for (int rank = 0; rank < experiment.ranks; ++rank) ranks_.emplace_back(experiment, rank);
  }

  int run() {
    int advances = 0;
    while (!std::ranges::all_of(ranks_, &AdvancingRank::finished)) {
      for (std::size_t rank = 0; rank < ranks_.size(); ++rank) advance(static_cast<int>(rank), advances);
      ++advances;
    }
    return std::max(1, advances - 1);
  }

 private:
  void advance(int index, int round) {
    AdvancingRank& rank = ranks_[static_cast<std::size_t>(index)];
    while (!rank.finished && execute(rank, index, round)) rank.finished = !rank.schedule.next(rank.current);
  }

  /// False if the rank has to wait.
  bool execute(AdvancingRank& rank, int index, int round) {
    const Operation& operation = rank.current;
    if (operation.kind == OperationKind::reduce || operation.kind == OperationKind::copy) return true;
    Awaited& slot = rank.slots[static_cast<std::size_t>(operation.slot)];
    if (operation.kind == OperationKind::wait) return is_done(slot, round);
    const bool sending = operation.kind == OperationKind::isend;
    const int channel = sending ? channels_.between(index, operation.peer, operation.tag)
                                : channels_.between(operation.peer, index, operation.tag);
    ChannelOf<Message>& used = channels_[channel];
    const std::size_t nth = sending ? used.sends++ : used.receives++;
    (sending ? used.message(nth).sent : used.message(nth).posted) = round;
    const bool eager = operation.span.length <= largest_eager_.count;
    slot = sending && eager ? Awaited{} : Awaited{.channel = channel, .index = nth, .sending = sending};
    return true;
  }

  bool is_done(const Awaited& slot, int round) const {
    if (slot.channel < 0) return true;
    const Message& message = channels_[slot.channel].messages[slot.index];
    return slot.sending ? message.taken() < round : message.arrives() <= round;
  }

  std::vector<AdvancingRank> ranks_;
  ChannelTable<ChannelOf<Message>> channels_;
  Bytes largest_eager_;
};

}  // namespace

int advances_of(const Experiment& collective, Bytes largest_eager) {
  return Advancing(collective, largest_eager).run();
}

}  // namespace ringtrue
