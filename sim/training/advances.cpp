#include "sim/training/advances.hpp"

#include <algorithm>
#include <vector>

#include "experiment/schedule/schedule.hpp"
#include "sim/cluster/channels.hpp"

namespace ringtrue {
namespace {

/// What a slot of the schedule receives: the n-th message of a channel.
struct Awaited {
  int channel = -1;  ///< -1: a send, or nothing.
  std::size_t index = 0;
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
  explicit Advancing(const Experiment& experiment) : channels_(experiment.ranks) {
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
    if (operation.kind == OperationKind::wait) return has_arrived(slot, round);
    const bool sending = operation.kind == OperationKind::isend;
    const int channel = sending ? channels_.between(index, operation.peer, operation.tag)
                                : channels_.between(operation.peer, index, operation.tag);
    Channel& used = channels_[channel];
    slot = {};
    if (sending) {
      ChannelMessage& message = used.message(used.sends++);
      message.sent = true;
      message.visible = SimTime{round + 1};
    } else {
      slot = {.channel = channel, .index = used.receives++};
      used.message(slot.index);
    }
    return true;
  }

  bool has_arrived(const Awaited& slot, int round) const {
    if (slot.channel < 0) return true;
    const ChannelMessage& message = channels_[slot.channel].messages[slot.index];
    return message.sent && message.visible <= SimTime{round};
  }

  std::vector<AdvancingRank> ranks_;
  Channels channels_;
};

}  // namespace

int advances_of(const Experiment& collective) { return Advancing(collective).run(); }

}  // namespace ringtrue
