#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/exchange/transfer.hpp"
#include "experiment/training/step_timeline.hpp"

namespace ringtrue {

/// Exchanges the buckets of one training step after the other, in order and one at a time: at its end (`none`), by a
/// thread of its own as soon as each is ready (`thread`), or by the caller, as far as it goes without waiting, whenever
/// it polls (`polling`). With `thread`, between begin() and finish() that thread alone calls MPI; where it would wait
/// it naps, and leaves the core to who computes, until finish() waits for it.
class Exchanger {
 public:
  /// Throws Error if a thread is asked for and the MPI library may not be called from one.
  Exchanger(std::vector<Transfer> buckets, Overlap overlap);
  Exchanger(const Exchanger&) = delete;
  Exchanger& operator=(const Exchanger&) = delete;
  ~Exchanger();

  void begin();
  /// The next bucket's gradients are complete.
  void next_ready();
  /// Call it now and then while computing; does something with `polling` only.
  void poll();
  /// With `thread`: finish() would not wait.
  bool is_done();
  /// Returns when all buckets are exchanged. Requires all to be ready. Throws what exchanging threw.
  void finish();

  const std::vector<BucketTimes>& times() const { return times_; }  ///< On the clock of now().

 private:
  void exchange_in_background();
  void exchange(std::size_t bucket);
  void exchange_beside_computing(std::size_t bucket);
  void finish_polled();

  std::vector<Transfer> buckets_;
  Overlap overlap_;
  std::vector<BucketTimes> times_;
  std::size_t ready_ = 0, done_ = 0;  ///< Buckets so far.
  bool started_ = false;              ///< The bucket `done_` is under way (polling).
  // With a thread, `ready_`, `done_`, `failure_`, `awaited_` and `stop_` are guarded by the mutex.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::exception_ptr failure_;
  bool awaited_ = false;  ///< finish() waits.
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace ringtrue
