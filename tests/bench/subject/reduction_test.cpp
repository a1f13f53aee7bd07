#include "bench/subject/reduction.hpp"

#include <vector>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

template <class T>
void check(DataType dtype, int n) {
  std::vector<T> first, second, result(static_cast<std::size_t>(n) + 1, T{-1});
  for (int i = 0; i < n; ++i) {
    first.push_back(static_cast<T>(i));
    second.push_back(static_cast<T>(1000 * i));
  }
  const auto bytes = [](auto& v) { return reinterpret_cast<std::byte*>(v.data()); };
  add(bytes(result), bytes(first), bytes(second), n * static_cast<std::int64_t>(sizeof(T)), dtype);
  for (int i = 0; i < n; ++i) REQUIRE(result[static_cast<std::size_t>(i)] == static_cast<T>(1001 * i));
  REQUIRE(result.back() == T{-1});  // nothing beyond the end
  add(bytes(first), bytes(first), bytes(second), n * static_cast<std::int64_t>(sizeof(T)), dtype);
  for (int i = 0; i < n; ++i) REQUIRE(first[static_cast<std::size_t>(i)] == static_cast<T>(1001 * i));
}

TEST_CASE("add works for any length, vectorised or not, also in place") {
  const int n = GENERATE(0, 1, 3, 7, 16, 17, 33, 1000);
  check<float>(DataType::float32, n);
  check<double>(DataType::float64, n);
}

}  // namespace
}  // namespace ringtrue
