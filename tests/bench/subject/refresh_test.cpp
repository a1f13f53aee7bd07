#include "bench/subject/refresh.hpp"

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

/// Of 1,000 elements, of which 0 to 99 and 500 to 799 are refreshed, those that hold the other pattern.
std::vector<bool> refreshed(Bytes cache) {
  const Pattern before = Pattern::input(DataType::float32, 1), after = Pattern::input(DataType::float32, 2);
  std::vector<std::byte> buffer(4000);
  before.fill(buffer);
  refresh_of({{Buffer::data, 0, 400}, {Buffer::data, 2000, 1200}}, buffer, after, cache)();
  std::vector<bool> written;
  for (std::size_t i = 0; i < 1000; ++i) {
    const std::span<const std::byte> element = std::span<const std::byte>(buffer).subspan(4 * i, 4);
    const auto first = static_cast<std::int64_t>(i);
    written.push_back(after.count_different(element, first) == 0);
    REQUIRE(written.back() != (before.count_different(element, first) == 0));
  }
  return written;
}

TEST_CASE("ranges are written again, and nothing else") {
  const std::vector<bool> written = refreshed(max_bytes);
  for (std::size_t i = 0; i < 1000; ++i) CHECK(written[i] == (i < 100 || (i >= 500 && i < 800)));
}

TEST_CASE("of more than the cache holds the end is written, whole elements") {
  const std::vector<bool> most = refreshed(1403_B);
  for (std::size_t i = 0; i < 1000; ++i) CHECK(most[i] == ((i >= 50 && i < 100) || (i >= 500 && i < 800)));
  const std::vector<bool> end = refreshed(8_B);
  for (std::size_t i = 0; i < 1000; ++i) CHECK(end[i] == (i == 798 || i == 799));
}

TEST_CASE("a ring between two ranks reads one of two chunks, an all-gather the rank's own") {
  CollectiveRun run{.collective = Collective::all_reduce,
                    .algorithm = Algorithm::ring,
                    .bytes = 8_KiB,
                    .dtype = DataType::float32,
                    .op = ReduceOp::sum,
                    .in_place = true,
                    .segmentation = Segmentation{8_KiB, 2}};
  const std::vector<Span> reduced = read_in_iteration({run, 2}, 0, {Buffer::data, 0, 8192});
  REQUIRE(reduced.size() == 1);
  CHECK(reduced[0].length == 4096);
  run.collective = Collective::all_gather;
  run.op = {};
  const std::vector<Span> gathered = read_in_iteration({run, 2}, 1, {Buffer::data, 4096, 4096});
  REQUIRE(gathered.size() == 1);
  CHECK((gathered[0].offset == 4096 && gathered[0].length == 4096));
}

}  // namespace
}  // namespace ringtrue
