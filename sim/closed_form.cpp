#include "sim/closed_form.hpp"

#include <cassert>

namespace ringtrue {

Seconds ring_all_reduce_time(Bytes message, int ranks, const Link& link) {
  assert(ranks >= 1);
  const int steps = 2 * (ranks - 1);
  return steps * (link.alpha + message / link.bandwidth / ranks);
}

Seconds all_reduce_bandwidth_bound(Bytes message, int ranks, int ranks_per_core, Bandwidth bandwidth) {
  return ring_all_reduce_time(message, ranks, {.alpha = Seconds{0}, .bandwidth = bandwidth}) * ranks_per_core;
}

}  // namespace ringtrue
