#include "sim/cluster/polling/iteration_times.hpp"

#include <algorithm>
#include <utility>

#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t settling = 1;  ///< Iterations that are not looked at.
/// Half the interval of the median, as a part of it; a quarter of what rows are measured to.
constexpr double precise = 0.005;
constexpr int drain = 100;  ///< What lost one part in so many was being drained.

}  // namespace

void IterationTimes::note_start(int iteration, SimTime now, SimTime credit) {
  if (std::cmp_equal(first_starts_.size(), iteration)) {
    first_starts_.push_back(now);
    last_ends_.push_back(now);
    credits_.push_back(credit);
  }
  first_starts_.back() = std::min(first_starts_.back(), now);
}

void IterationTimes::note_end(int iteration, SimTime now) {
  SimTime& last = last_ends_[static_cast<std::size_t>(iteration)];
  last = std::max(last, now);
}

std::size_t IterationTimes::counted() const { return std::max(last_ends_.size(), settling) - settling; }

std::vector<double> IterationTimes::counted_s() const {
  std::vector<double> times_s;
  for (std::size_t i = settling; i < last_ends_.size(); ++i)
    times_s.push_back(to_seconds(last_ends_[i] - first_starts_[i]).count());
  return times_s;
}

SimTime IterationTimes::first_credit() const { return credits_[settling]; }
SimTime IterationTimes::lost_credit() const { return first_credit() - credits_.back(); }

bool IterationTimes::enough() const {
  if (counted() < least_ || counted() >= most_) return counted() >= most_;
  // What the last of `most_` iterations would have lost.
  const auto passed = static_cast<std::int64_t>(counted() - 1), to_pass = static_cast<std::int64_t>(most_ - 1);
  if (lost_credit() * to_pass > first_credit() / drain * passed) return false;
  const std::vector<double> times_s = counted_s();
  const Interval interval = median_interval(times_s);
  return (interval.upper - interval.lower) / 2 <= precise * median(times_s);
}

Seconds IterationTimes::median_time() const { return Seconds{median(counted_s())}; }

bool IterationTimes::drained_links() const { return lost_credit() > first_credit() / drain; }

}  // namespace ringtrue
