#include "sim/astra/engine/bucket_queue.hpp"

#include <bit>
#include <cassert>
#include <utility>

#include "experiment/error.hpp"

namespace ringtrue::astra {
namespace {

/// First set bit from `from` on; the number of bits if there is none.
template <std::size_t Words>
std::size_t find_bit(const std::array<std::uint64_t, Words>& words, std::size_t from) {
  std::size_t word = from / 64;
  if (word >= Words) return Words * 64;
  std::uint64_t bits = words[word] & (~std::uint64_t{0} << (from % 64));
  while (bits == 0) {
    if (++word == Words) return Words * 64;
    bits = words[word];
  }
  return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
}

void set_bit(std::uint64_t* words, std::size_t index) { words[index / 64] |= std::uint64_t{1} << (index % 64); }
void clear_bit(std::uint64_t* words, std::size_t index) { words[index / 64] &= ~(std::uint64_t{1} << (index % 64)); }

}  // namespace

BucketQueue::BucketQueue() : near_(near_mask + 1), far_(levels), blocks_(1), next_block_(1) {}

std::vector<TimedEvent> BucketQueue::drain() {
  std::vector<TimedEvent> pending;
  Event event;
  while (next(event)) pending.push_back({now_, event});
  return pending;
}

void BucketQueue::add_block(Slot& slot, Cycles index) {
  std::uint32_t block = free_block_;
  if (block != 0) {
    free_block_ = next_block_[block];
  } else {
    block = static_cast<std::uint32_t>(blocks_.size());
    blocks_.emplace_back();
    next_block_.push_back(0);
  }
  next_block_[block] = 0;
  if (slot.written == 0) {
    slot.head = block;
    set_bit(filled_.data(), index);
  } else {
    next_block_[slot.tail] = block;
  }
  slot.tail = block;
}

void BucketQueue::enter_block() {
  if (read_ == 0) {
    block_ = near_[now_ & near_mask].head;
    return;
  }
  const std::uint32_t spent = block_;
  block_ = next_block_[spent];
  next_block_[spent] = free_block_;
  free_block_ = spent;
}

void BucketQueue::push_far(Cycles when, Event event) {
  assert(when >= now_ && "events never go back in time");
  if (when >= end_of_time)
    throw Error("the simulated time passes 2^62 ns, 146 years: check sizes, bandwidths and delays");
  unsigned level = 0, shift = near_bits;
  while (((when ^ now_) >> (shift + far_bits)) != 0) {
    shift += far_bits;
    ++level;
  }
  assert(level < levels);
  const std::size_t index = (when >> shift) & ((1U << far_bits) - 1);
  far_[level].slots[index].push_back({when, event});
  set_bit(far_[level].filled.data(), index);
}

bool BucketQueue::advance() {
  Slot& spent = near_[now_ & near_mask];
  if (spent.written != 0) {
    next_block_[block_] = free_block_;
    free_block_ = block_;
    spent.written = 0;
    clear_bit(filled_.data(), now_ & near_mask);
  }
  read_ = 0;
  std::size_t index = find_bit(filled_, now_ & near_mask);
  if (index > near_mask) {
    if (!descend()) return false;
    index = find_bit(filled_, 0);
  }
  now_ = (now_ & ~near_mask) | index;
  return true;
}

/// Brings the next filled slot of the far levels down, level by level, until the near ticks have something.
bool BucketQueue::descend() {
  for (unsigned level = 0; level < levels;) {
    Level& far = far_[level];
    const std::size_t index = find_bit(far.filled, 0);
    if (index >= far.slots.size()) {
      ++level;
      continue;
    }
    const std::vector<TimedEvent> events = std::exchange(far.slots[index], {});
    clear_bit(far.filled.data(), index);
    const unsigned shift = near_bits + far_bits * level;
    now_ = (events.front().when >> shift) << shift;
    for (const TimedEvent& timed : events) push(timed.when, timed.event);
    if (find_bit(filled_, 0) <= near_mask) return true;
    level = 0;
  }
  return false;
}

}  // namespace ringtrue::astra
