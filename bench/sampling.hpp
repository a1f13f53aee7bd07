#pragma once

#include <vector>

#include "bench/mpi/mpi.hpp"
#include "bench/subject/subject.hpp"
#include "experiment/suite.hpp"

namespace ringtrue {

/// The iterations of one row, equal on every rank.
struct Samples {
  std::vector<double> makespan_s;   ///< First start to last end; equals local_max_s where there is no common clock.
  std::vector<double> local_max_s;  ///< The longest of the ranks' own times.
};

/// How many more iterations a row needs; 0 when it is done: when the interval of the median is narrow enough, or the
/// time or the iterations are spent. Every rank computes it from the same samples, so all agree without asking.
int more_iterations(const std::vector<double>& samples_s, const RowBudget& budget);

/// Warms up and measures until `more_iterations` says done. Each iteration: refresh, barrier, start, run, end. Ranks
/// keep their starts and ends and reduce them once per batch, so nothing but the barrier runs between iterations.
/// Collective.
Samples sample(const Subject& subject, const RowBudget& budget, bool common_clock, const mpi::Communicator& comm);

}  // namespace ringtrue
