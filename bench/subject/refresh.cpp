#include "bench/subject/refresh.hpp"

#include <algorithm>
#include <utility>

#include "experiment/schedule/ownership.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t cache_line = 64;

void take_lines_back(std::span<std::byte> bytes) {
  const auto write = [](volatile std::byte& byte) { byte = byte; };
  for (std::size_t i = 0; i < bytes.size(); i += cache_line) write(bytes[i]);
  if (!bytes.empty()) write(bytes.back());  // of a line that the steps from `begin` may miss
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
    for (const Span& range : kept)
      take_lines_back(buffer.subspan(static_cast<std::size_t>(range.offset), static_cast<std::size_t>(range.length)));
  };
}

std::vector<Span> read_in_iteration(const Experiment& experiment, int rank, const Span& input) {
  return Ownership(experiment, rank, [](const Operation&) { return true; }).read_by_others(input);
}

}  // namespace ringtrue
