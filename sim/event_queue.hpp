#pragma once

#include <cstdint>
#include <optional>
#include <queue>
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

/// Pending events of one simulation, earliest first; equal times in the order they were scheduled. An event that is
/// taken before another is scheduled never enters the heap, if it is earlier than all that is pending.
template <class Kind>
class EventQueue {
 public:
  SimTime now() const { return now_; }

  /// Requires when >= now().
  void schedule(SimTime when, Kind kind, std::uint32_t subject) {
    Event<Kind> event{when, next_sequence_++, kind, subject};
    if (aside_ && !Later{}(*aside_, event)) return heap_.push(event);
    if (aside_) heap_.push(*aside_);
    aside_ = event;
  }

  /// When the next event is; nothing when nothing is pending.
  std::optional<SimTime> next_time() const {
    if (aside_is_next()) return aside_->when;
    return heap_.empty() ? std::nullopt : std::optional(heap_.top().when);
  }

  /// The next event, whose time becomes now(); nothing when nothing is pending.
  std::optional<Event<Kind>> next() {
    if (!aside_ && heap_.empty()) return std::nullopt;
    Event<Kind> event;
    if (aside_is_next()) {
      event = *aside_;
      aside_.reset();
    } else {
      event = heap_.top();
      heap_.pop();
    }
    now_ = event.when;
    return event;
  }

 private:
  struct Later {
    bool operator()(const Event<Kind>& a, const Event<Kind>& b) const {
      return a.when != b.when ? a.when > b.when : a.sequence > b.sequence;
    }
  };
  bool aside_is_next() const { return aside_ && (heap_.empty() || Later{}(heap_.top(), *aside_)); }

  SimTime now_{};
  std::uint64_t next_sequence_ = 0;
  std::priority_queue<Event<Kind>, std::vector<Event<Kind>>, Later> heap_;
  std::optional<Event<Kind>> aside_;  ///< The earliest of those scheduled since one was last taken from here.
};

}  // namespace ringtrue
