#pragma once

#include <algorithm>
#include <chrono>

#include "experiment/units.hpp"

namespace ringtrue {

/// Linux's scheduler (EEVDF) on two cores: a base slice is 0.7 ms * (1 + log2(2)).
constexpr SimTime base_slice{std::chrono::microseconds{1400}};
/// Who has used up its slice loses the core when the kernel's next tick finds that (CONFIG_HZ=250, Debian's).
constexpr SimTime tick{std::chrono::milliseconds{4}};

/// Computing takes `work` of a core's time, on a core that others share, and yields. They catch up with it there, or
/// before, where a tick finds its slice used up. Returns with how much of `work` they are even before, on average over
/// when ticks come.
inline Seconds made_up_before_yield(Seconds work) {
  const Seconds slice = to_seconds(base_slice), every = to_seconds(tick);
  if (work <= slice) return Seconds{0};
  const Seconds latest = std::min(work, slice + every);  // of the first tick that takes the core
  const double likely = (latest - slice) / every;
  const Seconds typical = (slice + latest) / 2;
  return likely * (typical + made_up_before_yield(work - typical));
}

}  // namespace ringtrue
