#include "sim/cluster/fair_core.hpp"

namespace ringtrue {
namespace {
/// The base slice of two cores: 0.7 ms * (1 + log2(2)). Turns are far shorter, so its value hardly matters.
constexpr std::int64_t slice = 1'400'000'000;
/// Ranks come to a core one after the other, not at one instant.
constexpr std::int64_t apart = 1'000'000;
}  // namespace

FairCore::FairCore(std::vector<int> ranks) : ranks_(std::move(ranks)), shares_(ranks_.size()) {
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    shares_[i].virtual_time = static_cast<std::int64_t>(i) * apart;
    shares_[i].deadline = shares_[i].virtual_time + slice;
    sum_ += shares_[i].virtual_time;
  }
}

bool FairCore::eligible(std::size_t index) const {
  return shares_[index].virtual_time * static_cast<std::int64_t>(shares_.size()) <= sum_;
}

std::size_t FairCore::pick() const {
  std::size_t best = shares_.size();
  for (std::size_t i = 0; i < shares_.size(); ++i)
    if (eligible(i) && (best == shares_.size() || shares_[i].deadline < shares_[best].deadline)) best = i;
  return best;  // one is always eligible: not all can be above their average
}

void FairCore::yield(std::size_t index) {
  Share& share = shares_[index];
  sum_ += share.deadline - share.virtual_time;
  share.virtual_time = share.deadline;
  share.deadline += slice;
}

}  // namespace ringtrue
