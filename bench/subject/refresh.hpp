#pragma once

#include <functional>
#include <span>
#include <vector>

#include "bench/subject/verify.hpp"
#include "experiment/schedule/operation.hpp"

namespace ringtrue {

/// Writes `ranges` of a buffer again, ascending and apart, as far as `cache`, a rank's share of it, holds them: of a
/// buffer that was written from its beginning no more than its end can be found there, so the caches are left as if all
/// had been written, in less time. Elsewhere the buffer keeps what the last run left.
std::function<void()> refresh_of(std::vector<Span> ranges, std::span<std::byte> buffer, const Pattern& pattern,
                                 Bytes element, Bytes cache);

/// What others read of `input`, a range of a rank's memory, in an iteration of a schedule of ours. All else that goes
/// in was last written by the rank itself.
std::vector<Span> read_in_iteration(const Experiment& experiment, int rank, const Span& input);

}  // namespace ringtrue
