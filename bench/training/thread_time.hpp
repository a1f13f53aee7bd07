#pragma once

#include <time.h>

#include "experiment/units.hpp"

namespace ringtrue {

/// Processor time of the calling thread: unlike now(), it stands still while others have the core.
inline Seconds thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return Seconds{static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9};
}

}  // namespace ringtrue
