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

TEST_CASE("more than there are addresses is refused, and what was there stays") {
  CHECK_THROWS_WITH(Memory(Bytes{std::int64_t{1} << 56}), Catch::Matchers::Contains("no memory for a buffer of"));
  CHECK(all_zero(Memory(1_MiB)));
}

TEST_CASE("ranks share the cache, none has more than all of it") {
  CHECK(cache_share(1) <= last_level_cache());
  CHECK(cache_share(1) >= cache_share(64));
  CHECK(cache_share(64) > Bytes{});
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
