#include "bench/canary.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <new>
#include <vector>

#include "bench/clock.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

constexpr int round_trips = 300;
constexpr useconds_t nap_us = 50;

/// Everybody arrives, but those that wait sleep: a polling rank would take a core from the two that are timed.
void sleeping_barrier(const mpi::Communicator& comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi::check(MPI_Ibarrier(comm.get(), &request), "MPI_Ibarrier");
  for (int arrived = 0; arrived == 0;) {
    mpi::check(MPI_Test(&request, &arrived, MPI_STATUS_IGNORE), "MPI_Test");
    if (arrived == 0) usleep(nap_us);
  }
}

}  // namespace

/// One cache line each: the words must not share one.
struct CanaryProbe::Words {
  alignas(128) std::atomic<std::uint64_t> ping;
  alignas(128) std::atomic<std::uint64_t> pong;
};

CanaryProbe::CanaryProbe(const mpi::Communicator& comm, int cores)
    : comm_(comm), host_(comm.same_host()), partner_(cores > 1 && host_.size() > 1 ? (host_.size() + 1) / 2 : 0) {
  const MPI_Aint mine = host_.rank() == 0 ? sizeof(Words) + alignof(Words) : 0;
  void* base = nullptr;
  mpi::check(MPI_Win_allocate_shared(mine, 1, MPI_INFO_NULL, host_.get(), &base, &window_), "MPI_Win_allocate_shared");
  MPI_Aint size = 0;
  int unit = 0;
  mpi::check(MPI_Win_shared_query(window_, 0, &size, &unit, &base), "MPI_Win_shared_query");
  std::size_t space = sizeof(Words) + alignof(Words);
  words_ = static_cast<Words*>(std::align(alignof(Words), sizeof(Words), base, space));
  if (host_.rank() == 0) new (words_) Words{};
  speaks_ = mpi::max_over_ranks(comm_.rank() == 0 ? partner_ : 0, comm_) > 0;
}

CanaryProbe::~CanaryProbe() {
  if (window_ != MPI_WIN_NULL && !mpi::unwinding()) MPI_Win_free(&window_);
}

Seconds CanaryProbe::ask() {
  std::vector<double> times;
  for (std::uint64_t i = 1; i <= round_trips; ++i) {
    const Seconds start = now();
    words_->ping.store(i, std::memory_order_release);
    while (words_->pong.load(std::memory_order_acquire) != i) {
    }
    times.push_back((now() - start).count() / 2);
  }
  return Seconds{median(times)};
}

void CanaryProbe::answer() {
  for (std::uint64_t i = 1; i <= round_trips; ++i) {
    while (words_->ping.load(std::memory_order_acquire) != i) {
    }
    words_->pong.store(i, std::memory_order_release);
  }
}

Seconds CanaryProbe::measure() {
  if (!speaks_) return {};
  if (host_.rank() == 0) {
    words_->ping.store(0);
    words_->pong.store(0);
  }
  sleeping_barrier(comm_);
  Seconds half_round_trip{};
  if (partner_ > 0 && host_.rank() == 0) half_round_trip = ask();
  if (partner_ > 0 && host_.rank() == partner_) answer();
  sleeping_barrier(comm_);
  return Seconds{mpi::max_over_ranks(comm_.rank() == 0 ? half_round_trip.count() : 0, comm_)};
}

}  // namespace ringtrue
