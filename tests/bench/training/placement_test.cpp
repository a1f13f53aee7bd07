#include "bench/training/placement.hpp"

#include <catch2/catch.hpp>

#include "bench/training/random.hpp"

namespace ringtrue {
namespace {

TEST_CASE("buffers share memory when their times do not meet") {
  const std::vector<Lifetime> chain{{1024, 0, 1}, {512, 1, 2}, {1024, 2, 3}};
  const Placement placement = place(chain);
  CHECK(placement.bytes == 1024 + 512);
  CHECK(placement.offsets == std::vector<std::size_t>{0, 1024, 0});
}

TEST_CASE("whatever lives at the same time does not overlap") {
  SplitMix64 random(3);
  std::vector<Lifetime> lifetimes;
  for (int i = 0; i < 200; ++i) {
    const int first = static_cast<int>(random.next() % 100);
    lifetimes.push_back({random.next() % 5000, first, first + static_cast<int>(random.next() % 20)});
  }
  const Placement placement = place(lifetimes);
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    const std::size_t begin = placement.offsets[i], end = begin + lifetimes[i].bytes;
    CHECK(begin % 64 == 0);
    CHECK(end <= placement.bytes);
    for (std::size_t j = 0; j < i; ++j) {
      const bool meet = lifetimes[i].first <= lifetimes[j].last && lifetimes[j].first <= lifetimes[i].last;
      const std::size_t other = placement.offsets[j];
      CHECK((!meet || end <= other || other + lifetimes[j].bytes <= begin));
    }
  }
}

}  // namespace
}  // namespace ringtrue
