#pragma once

#include <functional>
#include <span>
#include <vector>

#include "bench/subject/verify.hpp"
#include "experiment/schedule/operation.hpp"

namespace ringtrue {

/// Writes `ranges` of `buffer`, which has to live on, with `pattern` again: ascending, apart, and of them no more than
/// the last `cache` bytes, a rank's share of the last-level cache. What was written before those would not be found
/// there. The rest keeps what the last run left.
std::function<void()> refresh_of(std::vector<Span> ranges, std::span<std::byte> buffer, const Pattern& pattern,
                                 Bytes cache);

/// What is sent of `input`, a range of a rank's memory, and not written after, in an iteration of a schedule of ours.
/// All else of it was last written by the rank itself.
std::vector<Span> read_in_iteration(const Experiment& experiment, int rank, const Span& input);

}  // namespace ringtrue
