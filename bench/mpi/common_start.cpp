#include "bench/mpi/common_start.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "bench/clock.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

constexpr int trial_waits = 6;
constexpr int nobodys_tag = 30000;
constexpr double on_time = 0.95;  ///< Of iterations, in which all ranks know of the start before it.
constexpr double margin = 1.25;   ///< On the delay that so many of the iterations before had.
constexpr Seconds most_slack{0.01};

}  // namespace

CommonStart::CommonStart(const mpi::Communicator& comm, const Place& place)
    : comm_(comm), common_clock_(place.common_clock), shares_core_(ranks_per_core(comm.size(), place.system) > 1) {
  wait();  // may set up connections
  delays_s_.clear();
  for (int i = 0; i < trial_waits; ++i) wait();
  take_late();
}

void CommonStart::rest() const {
  if (!common_clock_ || !shares_core_) return;
  for (int found = 0; now() < begin_ + least_; std::this_thread::yield())
    mpi::check(MPI_Iprobe(MPI_ANY_SOURCE, nobodys_tag, comm_.get(), &found, MPI_STATUS_IGNORE), "MPI_Iprobe");
}

void CommonStart::prepare(const std::function<void()>& work) {
  rest();
  if (!work) return;
  mpi::barrier(comm_);
  work();
}

void CommonStart::wait() {
  if (!common_clock_) return mpi::barrier(comm_);
  const double all_here = mpi::max_over_ranks(now().count(), comm_);
  begin_ = Seconds{all_here} + slack_;
  Seconds time = now();
  delays_s_.push_back(time.count() - all_here);
  for (; time < begin_; time = now())
    if (shares_core_) std::this_thread::yield();
}

std::optional<int> CommonStart::take_late() {
  if (!common_clock_) return std::nullopt;
  std::vector<double> longest_s = delays_s_;
  mpi::max_over_ranks(longest_s, comm_);
  return settle(std::move(longest_s));
}

int CommonStart::settle(std::vector<double> longest_s) {
  delays_s_.clear();
  if (longest_s.empty()) return 0;
  const auto late = std::ranges::count_if(longest_s, [&](double delay) { return delay > slack_.count(); });
  slack_ = std::min(most_slack, margin * Seconds{quantile(std::move(longest_s), on_time)});
  return static_cast<int>(late);
}

}  // namespace ringtrue
