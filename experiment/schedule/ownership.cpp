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

std::int64_t length_of(const std::vector<Span>& spans) {
  std::int64_t length = 0;
  for (const Span& span : spans) length += span.length;
  return length;
}

}  // namespace

Ownership::Ownership(const Experiment& experiment, int rank, IsRead is_read)
    : experiment_(experiment), rank_(rank), in_place_(is_in_place(experiment)), is_read_(std::move(is_read)) {
  Schedule schedule(experiment, rank);
  for (Operation operation; schedule.next(operation);) follow(operation);
}

Ownership Ownership::between_cores(const Experiment& experiment, int rank, const System& system, Bytes largest_eager) {
  const int ranks = experiment.ranks, core = core_of_rank(rank, ranks, system);
  Ownership memory(experiment, rank, [=](const Operation& isend) {
    return isend.span.length > largest_eager.count && core_of_rank(isend.peer, ranks, system) != core;
  });
  memory.renew();
  return memory;
}

void Ownership::renew() {
  if (const CollectiveRun* run = as_collective(experiment_)) {
    take(input_of(*run, layout_of(*run, rank_, experiment_.ranks)));
  } else if (is_cold(experiment_) || is_fresh(experiment_)) {
    read_by_others_ = {};
  }
}

double Ownership::follow(const Operation& operation) {
  const Span& span = operation.span;
  if (operation.kind == OperationKind::wait || span.length == 0) return 0;
  if (operation.kind != OperationKind::isend)
    return static_cast<double>(length_of(take(span))) / static_cast<double>(span.length);
  if (is_read_(operation)) give(span);
  return 0;
}

std::vector<Span> Ownership::read_by_others(const Span& within) {
  std::vector<Span> spans = take(within);
  for (const Span& span : spans) give(span);
  return spans;
}

Ownership::Ranges& Ownership::ranges_of(Buffer buffer) {
  const Buffer memory = in_place_ && buffer == Buffer::input ? Buffer::data : buffer;
  return read_by_others_.at(static_cast<std::size_t>(memory));
}

/// What others had read of `span`; now they have read none of it.
std::vector<Span> Ownership::take(const Span& span) {
  Ranges& ranges = ranges_of(span.buffer);
  const std::int64_t begin = span.offset, end = span.offset + span.length;
  std::vector<Span> taken;
  auto range = ranges.upper_bound(begin);
  if (range != ranges.begin() && std::prev(range)->second > begin) --range;
  while (range != ranges.end() && range->first < end) {
    const auto [from, to] = *range;
    const std::int64_t left = std::max(from, begin), right = std::min(to, end);
    taken.push_back({span.buffer, left, right - left});
    range = ranges.erase(range);
    if (from < left) ranges.emplace(from, left);
    if (right < to) ranges.emplace(right, to);
  }
  return taken;
}

void Ownership::give(const Span& span) {
  take(span);
  Ranges& ranges = ranges_of(span.buffer);
  std::int64_t begin = span.offset, end = span.offset + span.length;
  auto next = ranges.lower_bound(begin);
  if (next != ranges.end() && next->first == end) {
    end = next->second;
    next = ranges.erase(next);
  }
  if (next != ranges.begin() && std::prev(next)->second == begin) {
    begin = std::prev(next)->first;
    ranges.erase(std::prev(next));
  }
  ranges.emplace(begin, end);
}

}  // namespace ringtrue
