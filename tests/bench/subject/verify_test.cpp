#include "bench/subject/verify.hpp"

#include <cstring>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

TEST_CASE("the closed form of the sum") {
  // Element 0 over 3 ranks: 0 + 17 + 34. Element 10: (310 + 0, 17, 34) mod 251 = 59 + 76 + 93.
  REQUIRE(reduced_value(0, 3) == 51);
  REQUIRE(reduced_value(10, 3) == 228);
}

TEST_CASE("filled buffers are recognised, for lengths beyond the pattern too") {
  const DataType dtype = GENERATE(DataType::float32, DataType::float64);
  const std::size_t elements = GENERATE(std::size_t{1}, std::size_t{250}, std::size_t{251}, std::size_t{10'000});
  std::vector<std::byte> buffer(elements * static_cast<std::size_t>(element_bytes(dtype).count));
  Pattern::input(dtype, 3).fill(buffer);
  REQUIRE(Pattern::input(dtype, 3).count_different(buffer) == 0);
  REQUIRE(Pattern::input(dtype, 4).count_different(buffer) == static_cast<std::int64_t>(elements));
}

TEST_CASE("one wrong element is one wrong element") {
  std::vector<std::byte> buffer(4 * 5000);
  Pattern::sum(DataType::float32, 4).fill(buffer);
  float wrong = -1;
  std::memcpy(buffer.data() + 4 * 4321, &wrong, 4);
  REQUIRE(Pattern::sum(DataType::float32, 4).count_different(buffer) == 1);
}

TEST_CASE("values of the pattern are the documented ones") {
  std::vector<std::byte> buffer(8 * 600);
  Pattern::input(DataType::float64, 2).fill(buffer);
  for (const std::int64_t i : {0, 1, 250, 251, 599}) {
    double value = 0;
    std::memcpy(&value, buffer.data() + 8 * i, 8);
    REQUIRE(value == input_value(2, i));
  }
}

}  // namespace
}  // namespace ringtrue
