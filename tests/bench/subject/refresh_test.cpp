#include "bench/subject/refresh.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include <catch2/catch.hpp>

#include "bench/subject/verify.hpp"

namespace ringtrue {
namespace {

std::vector<std::pair<std::int64_t, std::int64_t>> offsets_and_lengths(const std::vector<Span>& ranges) {
  std::vector<std::pair<std::int64_t, std::int64_t>> all;
  for (const Span& range : ranges) all.emplace_back(range.offset, range.length);
  return all;
}

TEST_CASE("of ranges that the cache does not hold the end is written") {
  using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;
  const std::vector<Span> ranges{{Buffer::data, 0, 400}, {Buffer::data, 2000, 1200}};
  CHECK(offsets_and_lengths(last_of(ranges, max_bytes)) == Ranges{{0, 400}, {2000, 1200}});
  CHECK(offsets_and_lengths(last_of(ranges, 1400_B)) == Ranges{{200, 200}, {2000, 1200}});
  CHECK(offsets_and_lengths(last_of(ranges, 8_B)) == Ranges{{3192, 8}});
  CHECK(last_of(ranges, 0_B).empty());
}

/// Pages that nobody has written yet: the kernel has none for them, and says so (mincore).
class UntouchedPages {
 public:
  explicit UntouchedPages(std::size_t pages) : size_(pages * page()) {
    begin_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(begin_ != MAP_FAILED);
    REQUIRE(madvise(begin_, size_, MADV_NOHUGEPAGE) == 0);
  }
  UntouchedPages(const UntouchedPages&) = delete;
  UntouchedPages& operator=(const UntouchedPages&) = delete;
  ~UntouchedPages() { munmap(begin_, size_); }

  static std::size_t page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }
  std::span<std::byte> bytes() const { return {static_cast<std::byte*>(begin_), size_}; }
  std::vector<bool> touched() const {
    std::vector<unsigned char> there(size_ / page());
    REQUIRE(mincore(begin_, size_, there.data()) == 0);
    return {there.begin(), there.end()};
  }

 private:
  std::size_t size_;
  void* begin_ = nullptr;
};

TEST_CASE("ranges are written to their last byte, and nothing else") {
  const UntouchedPages memory(6);
  const auto page = static_cast<std::int64_t>(UntouchedPages::page());
  const std::vector<Span> ranges{{Buffer::data, page, page}, {Buffer::data, 3 * page + 4, page - 3}};
  const std::function<void()> refresh = refresh_of(ranges, memory.bytes(), max_bytes);
  CHECK(memory.touched() == std::vector<bool>(6, false));
  refresh();
  CHECK(memory.touched() == std::vector<bool>{false, true, false, true, true, false});
}

TEST_CASE("what is refreshed stays what it was") {
  const Pattern pattern = Pattern::input(DataType::float32, 1);
  std::vector<std::byte> buffer(4000);
  pattern.fill(buffer);
  refresh_of({{Buffer::data, 0, 400}, {Buffer::data, 2000, 1999}}, buffer, max_bytes)();
  CHECK(pattern.count_different(buffer) == 0);
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
