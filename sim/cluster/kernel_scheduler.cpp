#include "sim/cluster/kernel_scheduler.hpp"

#include <algorithm>
#include <cmath>

namespace ringtrue {

Seconds made_up_before_yield(Seconds own, Seconds slice) {
  const Seconds every = kernel_tick;
  const double whole_rounds = std::max(0.0, std::ceil((own - slice - every) / (slice + every / 2)));
  Seconds made_up = whole_rounds * (slice + every / 2);
  own -= made_up;
  for (double likely = 1; own > slice;) {
    const Seconds latest = std::min(own, slice + every);  // of the next tick that takes the core
    const Seconds typical = (slice + latest) / 2;
    likely *= (latest - slice) / every;
    made_up += likely * typical;
    own -= typical;
  }
  return made_up;
}

}  // namespace ringtrue
