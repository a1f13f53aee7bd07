#include "experiment/schedule/ownership.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "experiment/schedule/layout.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {
namespace {

bool is_in_place(const Experiment& experiment) {
  const CollectiveRun* run = as_collective(experiment);
  return run == nullptr || run->in_place.value_or(true);
}

/// Nothing that an iteration leaves is there when the next begins.
bool begins_anew(const Experiment& experiment) {
  const CollectiveRun* run = as_collective(experiment);
  if (run == nullptr) return is_cold(experiment) || is_fresh(experiment);
  return is_in_place(experiment) &&
         reduces_values(run->collective);  // all is input, and scratch is sent from in no such
}

}  // namespace

Ownership::Ownership(bool in_place, IsRead is_read) : in_place_(in_place), is_read_(std::move(is_read)) {}

Ownership::Ownership(const Experiment& experiment, int rank, IsRead is_read)
    : Ownership(is_in_place(experiment), std::move(is_read)) {
  Schedule schedule(experiment, rank);
  for (Operation operation; schedule.next(operation);) follow(operation);
}

Ownership Ownership::before_iteration(const Experiment& experiment, int rank, IsRead is_read) {
  if (begins_anew(experiment)) return Ownership(is_in_place(experiment), std::move(is_read));
  Ownership memory(experiment, rank, std::move(is_read));
  if (const CollectiveRun* run = as_collective(experiment))
    memory.take(input_of(*run, layout_of(*run, rank, experiment.ranks)));
  return memory;
}

Ownership Ownership::between_cores(const Experiment& experiment, int rank, std::span<const int> core_of,
                                   Bytes largest_eager) {
  return before_iteration(experiment, rank, [=](const Operation& isend) {
    const int own = core_of[static_cast<std::size_t>(rank)];
    return isend.span.length > largest_eager.count && core_of[static_cast<std::size_t>(isend.peer)] != own;
  });
}

double Ownership::follow(const Operation& operation) {
  const Span& span = operation.span;
  if (operation.kind == OperationKind::wait || span.length == 0) return 0;
  if (operation.kind != OperationKind::isend) return static_cast<double>(take(span)) / static_cast<double>(span.length);
  if (is_read_(operation)) give(span);
  return 0;
}

std::vector<Span> Ownership::read_by_others(const Span& within) const {
  const std::int64_t begin = within.offset, end = within.offset + within.length;
  std::vector<Span> spans;
  for (const Range& range : read_by_others_.at(memory_of(within.buffer))) {
    const std::int64_t left = std::max(range.begin, begin), right = std::min(range.end, end);
    if (left < right) spans.push_back({within.buffer, left, right - left});
  }
  return spans;
}

std::size_t Ownership::memory_of(Buffer buffer) const {
  return static_cast<std::size_t>(in_place_ && buffer == Buffer::input ? Buffer::data : buffer);
}

/// Bytes of `span` that others had read; now they have read none of it.
std::int64_t Ownership::take(const Span& span) {
  Ranges& ranges = read_by_others_.at(memory_of(span.buffer));
  const std::int64_t begin = span.offset, end = span.offset + span.length;
  const auto first = std::ranges::find_if(ranges, [&](const Range& range) { return range.end > begin; });
  auto last = first;
  std::int64_t taken = 0;
  for (; last != ranges.end() && last->begin < end; ++last)
    taken += std::min(last->end, end) - std::max(last->begin, begin);
  if (taken == 0) return 0;
  const Range before{first->begin, begin}, after{end, std::prev(last)->end};
  if (before.begin >= before.end && after.begin < after.end) {  // as a window slides over a range
    *std::prev(last) = after;
    ranges.erase(first, std::prev(last));
    return taken;
  }
  auto next = ranges.erase(first, last);
  if (after.begin < after.end) next = ranges.insert(next, after);
  if (before.begin < before.end) ranges.insert(next, before);
  return taken;
}

void Ownership::give(const Span& span) {
  Ranges& ranges = read_by_others_.at(memory_of(span.buffer));
  Range given{span.offset, span.offset + span.length};
  const auto first = std::ranges::find_if(ranges, [&](const Range& range) { return range.end >= given.begin; });
  auto last = first;
  for (; last != ranges.end() && last->begin <= given.end; ++last)
    given = {std::min(given.begin, last->begin), std::max(given.end, last->end)};
  if (first != last) {
    *first = given;
    ranges.erase(std::next(first), last);
  } else {
    ranges.insert(first, given);
  }
}

}  // namespace ringtrue
