#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/astra/configuration.hpp"

namespace ringtrue::astra {

inline constexpr Cycles end_of_time = Cycles{1} << 62;

/// A duration as ASTRA-sim takes it, cut to whole cycles; at most end_of_time, so that sums of a few do not overflow.
inline Cycles whole_cycles(double ns) {
  return ns < static_cast<double>(end_of_time) ? static_cast<Cycles>(ns) : end_of_time;
}

/// A small typed value: `kind` and `subject` mean what the simulation that schedules them says.
struct Event {
  std::uint32_t kind = 0;
  std::uint32_t subject = 0;
};

struct TimedEvent {
  Cycles when = 0;
  Event event;
};

/// Pending events, earliest first; equal ticks in the order they were pushed. What is pushed for the current tick still
/// runs in it.
///
/// Time is integral and dense, so the near future (the current 2^14 ticks) has one list per tick; later events lie in
/// coarser levels, in the order pushed, and move down a level when their turn comes, which keeps that order.
class BucketQueue {
 public:
  BucketQueue();

  Cycles now() const { return now_; }

  /// Requires now() <= when. Throws Error from end_of_time on.
  void push(Cycles when, Event event) {
    if (((when ^ now_) >> near_bits) == 0)
      append(near_[when & near_mask], when & near_mask, event);
    else
      push_far(when, event);
  }

  /// Takes the next event, whose tick becomes now(). False if nothing is pending.
  bool next(Event& event) {
    if (read_ == near_[now_ & near_mask].written && !advance()) return false;
    const std::uint32_t position = read_ & block_mask;
    if (position == 0) enter_block();
    event = blocks_[block_][position];
    ++read_;
    return true;
  }

  /// Takes all pending events in their order.
  std::vector<TimedEvent> drain();
  /// Sets the clock. Requires that nothing is pending.
  void restart(Cycles now) { now_ = now; }

 private:
  static constexpr unsigned near_bits = 14, far_bits = 8, levels = 6, block_bits = 5;
  static constexpr Cycles near_mask = (Cycles{1} << near_bits) - 1;
  static constexpr std::uint32_t block_mask = (1U << block_bits) - 1;
  using Block = std::array<Event, block_mask + 1>;

  struct Slot {
    std::uint32_t head = 0, tail = 0, written = 0;
  };
  struct Level {
    std::array<std::vector<TimedEvent>, 1U << far_bits> slots;
    std::array<std::uint64_t, (1U << far_bits) / 64> filled{};
  };

  void append(Slot& slot, Cycles index, Event event) {
    const std::uint32_t position = slot.written & block_mask;
    if (position == 0) add_block(slot, index);
    blocks_[slot.tail][position] = event;
    ++slot.written;
  }

  void add_block(Slot& slot, Cycles index);
  void enter_block();
  void push_far(Cycles when, Event event);
  bool advance();
  bool descend();

  Cycles now_ = 0;
  std::uint32_t read_ = 0;   ///< Events of the current tick already taken.
  std::uint32_t block_ = 0;  ///< The block they come from.
  std::vector<Slot> near_;
  std::array<std::uint64_t, (1U << near_bits) / 64> filled_{};
  std::vector<Level> far_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> next_block_;  ///< Within a tick, or within the free ones.
  std::uint32_t free_block_ = 0;           ///< 0 is none: block 0 is never used.
};

}  // namespace ringtrue::astra
