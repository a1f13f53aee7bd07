#include "bench/subject/memory.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

bool all_zero(const Memory& memory) {
  return std::ranges::all_of(memory.bytes(), [](std::byte b) { return b == std::byte{0}; });
}

std::byte* spoil_and_give_back(Bytes size) {
  const Memory memory(size);
  std::ranges::fill(memory.bytes(), std::byte{0xff});
  return memory.data();
}

TEST_CASE("what was given back grows where it is, as far as was expected") {
  Memory::expect(8_MiB);
  std::optional<Memory> first(std::in_place, 3_MiB);
  std::byte* const before = first->data();
  std::ranges::fill(first->bytes(), std::byte{0xff});
  first.reset();
  const Memory larger(5_MiB);
  CHECK(larger.data() == before);
  CHECK(all_zero(larger));
  Memory::expect({});
}

TEST_CASE("memory begins on a 2 MiB border and is zero") {
  const Memory memory(3_MiB);
  CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % (2 << 20) == 0);
  REQUIRE(memory.bytes().size() == 3 << 20);
  CHECK(all_zero(memory));
}

TEST_CASE("what was given back is used again, cleared, also for less") {
  std::byte* const before = spoil_and_give_back(32_MiB);
  const Memory again(31_MiB);
  CHECK(again.data() == before);
  CHECK(again.bytes().size() == 31 << 20);
  CHECK(all_zero(again));
}

TEST_CASE("of what was given back the smallest that is large enough is used") {
  std::optional<Memory> large(std::in_place, 24_MiB), small(std::in_place, 12_MiB);
  std::byte* const first = small->data();
  small.reset();
  large.reset();
  CHECK(Memory(9_MiB).data() == first);
}

TEST_CASE("more than there are addresses is refused, and what was given back stays") {
  std::byte* const before = spoil_and_give_back(40_MiB);
  CHECK_THROWS_WITH(Memory(Bytes{std::int64_t{1} << 56}), Catch::Matchers::Contains("no memory for a buffer of"));
  CHECK(Memory(40_MiB).data() == before);
}

TEST_CASE("what is too small for good makes way for more") {
  spoil_and_give_back(48_MiB);
  const Memory larger(64_MiB);
  CHECK(all_zero(larger));
}

TEST_CASE("ranks share a cache as they share the cores that have it") {
  const Cache cache{.size = 32_MiB, .cpus = 4};
  CHECK(cache_share(cache, 8, 1) == 32_MiB);
  CHECK(cache_share(cache, 8, 2) == 32_MiB);
  CHECK(cache_share(cache, 8, 3) == 16_MiB);
  CHECK(cache_share(cache, 8, 8) == 8_MiB);
  CHECK(cache_share(cache, 8, 16) == 4_MiB);
  CHECK(cache_share(cache, 2, 2) == 16_MiB);  // of the four CPUs, ours are two
  CHECK(cache_share(Cache{}, 8, 2) == max_bytes);
}

TEST_CASE("CPUs of a list of the kernel's") {
  CHECK(count_cpus("0-1,4\n") == 3);
  CHECK(count_cpus("7") == 1);
  CHECK(count_cpus("0-3,8-11") == 8);
  CHECK(count_cpus("") == 1);
  CHECK(count_cpus("3-1,x") == 1);
}

TEST_CASE("memory in use is nobody else's") {
  spoil_and_give_back(4_MiB);
  const Memory one(4_MiB), other(4_MiB);
  CHECK(one.data() != other.data());
  std::ranges::fill(one.bytes(), std::byte{1});
  CHECK(all_zero(other));
}

}  // namespace
}  // namespace ringtrue
