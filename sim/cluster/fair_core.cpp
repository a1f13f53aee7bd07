#include "sim/cluster/fair_core.hpp"

#include <algorithm>
#include <utility>

namespace ringtrue {

FairCore::FairCore(std::vector<int> ranks) : ranks_(std::move(ranks)), shares_(ranks_.size()) {}

bool FairCore::eligible(std::size_t index) const {
  return shares_[index].run * static_cast<std::int64_t>(shares_.size()) <= sum_;
}

std::size_t FairCore::pick() const {
  std::size_t best = shares_.size();
  for (std::size_t i = 0; i < shares_.size(); ++i)
    if (eligible(i) && (best == shares_.size() || shares_[i].yields < shares_[best].yields)) best = i;
  return best;  // one is always eligible: not all can be above their average
}

void FairCore::yield(std::size_t index, SimTime time) {
  shares_[index].run += time;
  ++shares_[index].yields;
  sum_ += time;
}

void FairCore::idle(SimTime time, SimTime turn) {
  std::vector<Share*> rising;
  for (Share& share : shares_) rising.push_back(&share);
  std::ranges::sort(rising, {}, [](const Share* share) { return share->run; });
  // The lowest rise together to the level of the next, until the time is spent.
  SimTime left = time, level = rising.front()->run;
  std::size_t count = 1;
  while (true) {
    const auto together = static_cast<std::int64_t>(count);
    const SimTime step = count < rising.size() ? rising[count]->run - level : SimTime::max();
    if (step == SimTime::max() || step * together >= left) {
      level += left / together;
      break;
    }
    left -= step * together;
    level = rising[count++]->run;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const SimTime more = level - rising[i]->run;
    sum_ += more;
    rising[i]->run = level;
    rising[i]->yields += more / turn;
  }
}

}  // namespace ringtrue
