#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <tuple>
#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// A small typed value: `kind` and `subject` mean what the model that schedules them says.
template <class Kind>
struct Event {
  SimTime when{};
  std::uint64_t sequence = 0;
  Kind kind{};
  std::uint32_t subject = 0;
};

/// Pending events of one simulation, earliest first; equal times in the order they were scheduled.
template <class Kind>
class EventQueue {
 public:
  SimTime now() const { return now_; }

  /// Requires when >= now().
  void schedule(SimTime when, Kind kind, std::uint32_t subject) {
    pending_.push({when, next_sequence_++, kind, subject});
  }

  /// When the next event is; nothing when nothing is pending.
  std::optional<SimTime> next_time() const {
    return pending_.empty() ? std::nullopt : std::optional(pending_.top().when);
  }

  /// The next event, whose time becomes now(); nothing when nothing is pending.
  std::optional<Event<Kind>> next() {
    if (pending_.empty()) return std::nullopt;
    const Event<Kind> event = pending_.top();
    pending_.pop();
    now_ = event.when;
    return event;
  }

 private:
  struct Later {
    bool operator()(const Event<Kind>& a, const Event<Kind>& b) const {
      return std::tie(a.when, a.sequence) > std::tie(b.when, b.sequence);
    }
  };
  SimTime now_{};
  std::uint64_t next_sequence_ = 0;
  std::priority_queue<Event<Kind>, std::vector<Event<Kind>>, Later> pending_;
};

}  // namespace ringtrue
