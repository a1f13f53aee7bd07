#include "bench/subject/refresh.hpp"

#include <algorithm>
#include <utility>

#include "experiment/schedule/ownership.hpp"

namespace ringtrue {
namespace {

/// The end of `ranges`, `most` bytes of it.
std::vector<Span> last_of(std::vector<Span> ranges, std::int64_t most) {
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
    const std::int64_t kept = std::min(range->length, most);
    range->offset += range->length - kept;
    range->length = kept;
    most -= kept;
  }
  std::erase_if(ranges, [](const Span& range) { return range.length == 0; });
  return ranges;
}

}  // namespace

std::function<void()> refresh_of(std::vector<Span> ranges, std::span<std::byte> buffer, const Pattern& pattern,
                                 Bytes cache) {
  const Bytes element = pattern.element();
  return [=, kept = last_of(std::move(ranges), cache.count / element.count * element.count)] {
    for (const Span& range : kept)
      pattern.fill(buffer.subspan(static_cast<std::size_t>(range.offset), static_cast<std::size_t>(range.length)),
                   range.offset / element.count);
  };
}

std::vector<Span> read_in_iteration(const Experiment& experiment, int rank, const Span& input) {
  return Ownership(experiment, rank, [](const Operation&) { return true; }).read_by_others(input);
}

}  // namespace ringtrue
