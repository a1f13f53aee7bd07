#pragma once

#include <pthread.h>
#include <time.h>

#include <system_error>

#include "experiment/units.hpp"

namespace ringtrue {

inline Seconds read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return Seconds{static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9};
}

/// Processor time of the calling thread: unlike now(), it stands still while others have the core.
inline Seconds thread_time() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

/// The same of the thread that makes it, for others to read.
class ThreadClock {
 public:
  ThreadClock() {
    if (const int code = pthread_getcpuclockid(pthread_self(), &clock_); code != 0)
      throw std::system_error(code, std::generic_category(), "pthread_getcpuclockid");
  }
  Seconds time() const { return read_clock(clock_); }

 private:
  clockid_t clock_{};
};

}  // namespace ringtrue
