#pragma once

#include <algorithm>
#include <bit>
#include <chrono>

#include "experiment/system.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// Of Linux's scheduler (EEVDF, kernel/sched/fair.c): what a rank gets of a shared core before another may have it.
constexpr SimTime base_slice(int cores) {
  const auto counted = static_cast<unsigned>(std::clamp(cores, 1, 8));  // get_update_sysctl_factor
  return std::chrono::microseconds{700} * std::bit_width(counted);
}
/// Of the machine that `system` is on. A pool of emulated hosts is part of one, whose cores are not known: of two.
constexpr SimTime base_slice(const System& system) { return base_slice(system.shared_pool ? 2 : system.cores); }
/// Who has used up its slice loses the core when the kernel's next tick finds that: CONFIG_HZ=250, as in Debian's.
constexpr SimTime kernel_tick{std::chrono::milliseconds{4}};

/// A rank computes `own`, the time that takes on a core of its own, on a core that others share, and yields after it.
/// Others catch up with it after the yield, or before, where a tick finds the slice used up. Returns with how much of
/// `own` they are even before the yield, on average over when ticks come, to within 6 % of that.
Seconds made_up_before_yield(Seconds own, Seconds slice);

}  // namespace ringtrue
