#include "bench/subject/refresh.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
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

std::vector<std::size_t> lines_of(std::size_t size) {
  std::vector<std::size_t> offsets;
  for_each_line(size, [&](std::size_t offset) { offsets.push_back(offset); });
  return offsets;
}

TEST_CASE("every line of a range is met, and its last byte") {
  CHECK(lines_of(0).empty());
  CHECK(lines_of(1) == std::vector<std::size_t>{0, 0});
  CHECK(lines_of(64) == std::vector<std::size_t>{0, 63});  // two lines, if it begins within one
  CHECK(lines_of(130) == std::vector<std::size_t>{0, 64, 128, 129});
}

/// Three pages, of which the second may be read only.
class GuardedPages {
 public:
  GuardedPages() : begin_(mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    REQUIRE(begin_ != MAP_FAILED);
    REQUIRE(mprotect(static_cast<std::byte*>(begin_) + page, page, PROT_READ) == 0);
  }
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;
  ~GuardedPages() { munmap(begin_, 3 * page); }

  /// In a process of its own, which a write to the second page ends.
  bool survive(const std::vector<Span>& ranges) const {
    const pid_t child = fork();
    if (child == 0) {
      std::signal(SIGSEGV, SIG_DFL);
      refresh_of(ranges, {static_cast<std::byte*>(begin_), 3 * page}, max_bytes)();
      _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  static constexpr std::int64_t page = 65536;  ///< Of 4, 16 or 64 KiB.

 private:
  void* begin_;
};

TEST_CASE("ranges are written, and nothing else") {
  const GuardedPages pages;
  constexpr std::int64_t page = GuardedPages::page;
  CHECK(pages.survive({}));
  CHECK(pages.survive({{Buffer::data, 0, page}, {Buffer::data, 2 * page, page}}));
  CHECK_FALSE(pages.survive({{Buffer::data, page + 1000, 1}}));
  CHECK_FALSE(pages.survive({{Buffer::data, 4, page - 3}}));
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
