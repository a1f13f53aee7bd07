#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/schedule/operation.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// The last `most` bytes of `ranges`, which are apart.
std::vector<Span> last_of(std::vector<Span> ranges, Bytes most);

/// Writes `ranges` of `buffer`, which has to live on, again: ascending, apart, and of them no more than the last
/// `cache` bytes, a rank's share of the last-level cache. What was written before those would not be found there. Every
/// cache line gets a byte of what it holds: between far cores 1 MiB is the rank's own again in 225 us, and in 450 if
/// all of it is written. Its readers then took 42 us after either.
std::function<void()> refresh_of(std::vector<Span> ranges, std::span<std::byte> buffer, Bytes cache);

/// Calls `write(offset)` for a byte of every cache line of a range of `size` bytes, wherever in a line it begins.
template <class Write>
void for_each_line(std::size_t size, const Write& write) {
  constexpr std::size_t cache_line = 64;
  for (std::size_t offset = 0; offset < size; offset += cache_line) write(offset);
  if (size > 0) write(size - 1);
}

/// Walks cold_walk of other memory, walk_block(cache) at a time and that several times, as layers go over what they
/// work on. A cache that has seen no reuse for a while keeps little of what it reads (adaptive insertion), and nothing
/// has to be taken back from it. After a single walk, two messages of 12.5 MiB between far cores, the second into what
/// the first was sent from, took 2.4 ms in most launches and 6.6 in others, while a training step's took like the
/// latter in all.
std::function<void()> walk_other_memory(Bytes cache);
/// A rank's share of the last-level cache, whole elements; if that is unknown or would hold the whole walk, 8 MiB.
Bytes walk_block(Bytes cache);

/// What is sent of `input`, a range of a rank's memory, and not written after, in an iteration of a schedule of ours.
/// All else of it was last written by the rank itself.
std::vector<Span> read_in_iteration(const Experiment& experiment, int rank, const Span& input);

}  // namespace ringtrue
