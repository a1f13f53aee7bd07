#pragma once

#include <vector>

#include "bench/measure.hpp"
#include "bench/subject/subject.hpp"

namespace ringtrue {

/// The rows that `options.out` does not hold yet; `like` is a record of this launch, whatever its experiment. Rank 0
/// knows what is done; all ranks drop the same rows. Collective; throws Error on rank 0 if rows are there and
/// `options.resume` was not given, or if the file is not to be continued.
std::vector<SuiteRow> rows_to_do(const std::vector<SuiteRow>& rows, Record like, const MeasureOptions& options,
                                 const mpi::Communicator& world);

/// Rows of an algorithm that this MPI library cannot be made to run are left out, and said so.
std::vector<SuiteRow> runnable(const std::vector<SuiteRow>& rows, const Communicators& comms);

}  // namespace ringtrue
