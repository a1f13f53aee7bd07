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

/// Walks cold_walk of other memory, once. Walked four times, a share of the last-level cache at a time, it left caches
/// colder than training steps do: on 2 ranks communication of 13 to 15 ms was predicted 17, that of each layer beside a
/// thread, 69 ms, 145.
std::function<void()> walk_other_memory();

/// What is sent of `input`, a range of a rank's memory, and not written after, in an iteration of a schedule of ours.
/// All else of it was last written by the rank itself.
std::vector<Span> read_in_iteration(const Experiment& experiment, int rank, const Span& input);

}  // namespace ringtrue
