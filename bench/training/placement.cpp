#include "bench/training/placement.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ringtrue {
namespace {

constexpr std::size_t alignment = 64;

std::size_t aligned(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

struct Extent {
  std::size_t begin = 0, end = 0;
};

bool meet(const Lifetime& one, const Lifetime& other) { return one.first <= other.last && other.first <= one.last; }

/// The lowest offset at which `bytes` keep clear of what is taken.
std::size_t lowest_gap(std::vector<Extent> taken, std::size_t bytes) {
  std::ranges::sort(taken, {}, &Extent::begin);
  std::size_t offset = 0;
  for (const Extent& extent : taken) {
    if (offset + bytes <= extent.begin) break;
    offset = std::max(offset, extent.end);
  }
  return offset;
}

}  // namespace

Placement place(std::span<const Lifetime> lifetimes) {
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });
  Placement placement{.offsets = std::vector<std::size_t>(lifetimes.size()), .bytes = 0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Lifetime& mine = lifetimes[order[i]];
    std::vector<Extent> taken;
    for (std::size_t j = 0; j < i; ++j) {
      const Lifetime& other = lifetimes[order[j]];
      const std::size_t offset = placement.offsets[order[j]];
      if (meet(mine, other)) taken.push_back({.begin = offset, .end = offset + aligned(other.bytes)});
    }
    const std::size_t offset = lowest_gap(std::move(taken), aligned(mine.bytes));
    placement.offsets[order[i]] = offset;
    placement.bytes = std::max(placement.bytes, offset + aligned(mine.bytes));
  }
  return placement;
}

}  // namespace ringtrue
