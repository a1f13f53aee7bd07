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

std::function<void()> walk_other_memory() {
  const auto memory = std::make_shared<Memory>(cold_walk);
  return [=] { add(memory->data(), memory->data(), memory->data(), cold_walk.count, DataType::float32); };
}

std::vector<Span> read_in_iteration(const Experiment& experiment, int rank, const Span& input) {
  return Ownership(experiment, rank, [](const Operation&) { return true; }).read_by_others(input);
}

}  // namespace ringtrue
