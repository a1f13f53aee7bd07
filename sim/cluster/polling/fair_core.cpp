#include "sim/cluster/polling/fair_core.hpp"

#include <algorithm>
#include <utility>

#include "sim/cluster/kernel_scheduler.hpp"

namespace ringtrue {
namespace {
constexpr SimTime slice = base_slice(2);
}  // namespace

FairCore::FairCore(std::vector<int> ranks, bool fair)
    : ranks_(std::move(ranks)), fair_(fair), shares_(ranks_.size()), levels_(ranks_.size()) {}

std::size_t FairCore::pick() const {
  if (!fair_) return next_;
  const SimTime average = sum_ / std::ssize(shares_);
  std::size_t best = shares_.size();
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    const bool eligible = shares_[i].virtual_time <= average;
    if (eligible && (best == shares_.size() || shares_[i].deadline < shares_[best].deadline)) best = i;
  }
  return best;  // one is always eligible: not all can be above their average
}

std::int64_t FairCore::turns_until_eligible(const Share& share, SimTime time) const {
  const SimTime missing = share.virtual_time * std::ssize(shares_) - sum_;
  return std::max<std::int64_t>(1, (missing + time - SimTime{1}) / time);
}

std::int64_t FairCore::yield_repeatedly(std::size_t index, SimTime time, std::int64_t most) {
  const Share mine = shares_[index];
  const std::int64_t ranks = std::ssize(shares_);
  std::int64_t turns = fair_ || ranks == 1 ? most : 1;
  const auto at_most = [&](std::int64_t n) { turns = std::clamp<std::int64_t>(n, 1, turns); };
  at_most((mine.deadline - mine.virtual_time + time - SimTime{1}) / time);                // gets a new deadline
  if (ranks > 1) at_most((sum_ - mine.virtual_time * ranks) / (time * (ranks - 1)) + 1);  // is ahead
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    const bool earlier = std::pair(shares_[i].deadline, i) < std::pair(mine.deadline, index);
    if (i != index && earlier) at_most(turns_until_eligible(shares_[i], time));
  }
  yield(index, time * turns);
  return turns;
}

void FairCore::advance(Share& share, SimTime time) {
  share.virtual_time += time;
  sum_ += time;
}

void FairCore::yield(std::size_t index, SimTime time) {
  next_ = (index + 1) % ranks_.size();
  Share& share = shares_[index];
  advance(share, time);
  if (share.virtual_time >= share.deadline) share.deadline = share.virtual_time + slice;
}

void FairCore::idle(SimTime time, std::int64_t turns) {
  next_ = (next_ + static_cast<std::size_t>(turns)) % ranks_.size();
  std::ranges::transform(shares_, levels_.begin(), &Share::virtual_time);
  std::ranges::sort(levels_);
  // The lowest rise together to the next one's level, until the time is spent.
  SimTime level = levels_.front();
  std::int64_t together = 1;
  for (; together < std::ssize(levels_); ++together) {
    const SimTime next = levels_[static_cast<std::size_t>(together)];
    if ((next - level) * together >= time) break;
    time -= (next - level) * together;
    level = next;
  }
  level += time / together;
  for (Share& share : shares_) {
    if (share.virtual_time >= level) continue;
    advance(share, level - share.virtual_time);
    if (share.virtual_time >= share.deadline) share.deadline = share.virtual_time + slice;
  }
}

}  // namespace ringtrue
