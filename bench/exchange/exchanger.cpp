#include "bench/exchange/exchanger.hpp"

#include <cassert>
#include <chrono>
#include <utility>

#include "bench/clock.hpp"
#include "bench/mpi/mpi.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

/// The kernel adds as much again, so that it can wake several at once. A thread that polls instead has used up its
/// share of the core when its message comes, and then waits for a time slice to pass.
constexpr std::chrono::microseconds nap{50};

}  // namespace

Exchanger::Exchanger(std::vector<Transfer> buckets, Overlap overlap)
    : buckets_(std::move(buckets)), overlap_(overlap), times_(buckets_.size()) {
  if (overlap_ != Overlap::thread || buckets_.empty()) return;
  if (!mpi::may_call_from_threads())
    throw Error(
        "exchanging in a thread of its own: this MPI library gives less than MPI_THREAD_SERIALIZED; take overlap none "
        "or polling and leave out busy_exchange, or take another MPI, built with threads");
  thread_ = std::thread([this] { exchange_in_background(); });
}

Exchanger::~Exchanger() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Exchanger::begin() {
  const std::lock_guard lock(mutex_);
  ready_ = done_ = 0;
  awaited_ = false;
}

void Exchanger::next_ready() {
  {
    const std::lock_guard lock(mutex_);
    assert(ready_ < buckets_.size());
    times_[ready_++].ready = now();
  }
  if (thread_.joinable()) changed_.notify_all();
}

void Exchanger::exchange(std::size_t bucket) {
  times_[bucket].start = now();
  buckets_[bucket].run();
  times_[bucket].end = now();
}

void Exchanger::exchange_beside_computing(std::size_t bucket) {
  times_[bucket].start = now();
  while (!buckets_[bucket].advance()) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, nap, [this] { return stop_ || awaited_; })) continue;
    if (stop_) return;
    lock.unlock();
    buckets_[bucket].finish();
    break;
  }
  times_[bucket].end = now();
}

void Exchanger::poll() {
  if (overlap_ != Overlap::polling) return;
  while (done_ < ready_) {
    if (!std::exchange(started_, true)) times_[done_].start = now();
    if (!buckets_[done_].advance()) return;
    started_ = false;
    times_[done_++].end = now();
  }
}

bool Exchanger::is_done() {
  const std::lock_guard lock(mutex_);
  return failure_ != nullptr || done_ == buckets_.size();
}

void Exchanger::finish() {
  assert(ready_ == buckets_.size());
  if (thread_.joinable()) {
    std::unique_lock lock(mutex_);
    awaited_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return failure_ != nullptr || done_ == buckets_.size(); });
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    return;
  }
  for (; done_ < buckets_.size(); ++done_) {
    if (overlap_ == Overlap::polling) {
      finish_polled();
    } else {
      exchange(done_);
    }
  }
}

void Exchanger::finish_polled() {
  if (!std::exchange(started_, false)) times_[done_].start = now();
  buckets_[done_].finish();
  times_[done_].end = now();
}

void Exchanger::exchange_in_background() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || done_ < ready_; });
    if (stop_) return;
    const std::size_t bucket = done_;
    lock.unlock();
    try {
      exchange_beside_computing(bucket);
      lock.lock();
    } catch (...) {
      lock.lock();
      failure_ = std::current_exception();
      changed_.notify_all();
      return;
    }
    ++done_;
    changed_.notify_all();
  }
}

}  // namespace ringtrue
