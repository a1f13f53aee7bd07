#include "bench/subject/refresh.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "bench/subject/memory.hpp"
#include "bench/subject/reduction.hpp"
#include "experiment/schedule/ownership.hpp"

namespace ringtrue {
namespace {

void write_again(volatile std::byte* begin, std::size_t size) {
  for_each_line(size, [begin](std::size_t i) { begin[i] = begin[i]; });
}

}  // namespace
std::vector<Span> last_of(std::vector<Span> ranges, Bytes most) {
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
    const std::int64_t kept = std::min(range->length, most.count);
    range->offset += range->length - kept;
    range->length = kept;
    most = most - Bytes{kept};
  }
  std::erase_if(ranges, [](const Span& range) { return range.length == 0; });
  return ranges;
}

std::function<void()> refresh_of(std::vector<Span> ranges, std::span<std::byte> buffer, Bytes cache) {
  return [buffer, kept = last_of(std::move(ranges), cache)] {
    for (const Span& range : kept) write_again(buffer.data() + range.offset, static_cast<std::size_t>(range.length));
  };
}

Bytes walk_block(Bytes cache) {
  const Bytes element = element_bytes(DataType::float32);
  if (cache >= cold_walk) return 8_MiB;
  return {std::max(element.count, cache.count / element.count * element.count)};
}

std::function<void()> walk_other_memory(Bytes cache) {
  constexpr int passes = 4;
  const auto memory = std::make_shared<Memory>(cold_walk);
  return [memory, block = walk_block(cache).count] {
    for (std::int64_t begin = 0; begin < cold_walk.count; begin += block) {
      std::byte* from = memory->data() + begin;
      for (int i = 0; i < passes; ++i)
        add(from, from, from, std::min(block, cold_walk.count - begin), DataType::float32);
    }
  };
}

std::vector<Span> read_in_iteration(const Experiment& experiment, int rank, const Span& input) {
  return Ownership(experiment, rank, [](const Operation&) { return true; }).read_by_others(input);
}

}  // namespace ringtrue
