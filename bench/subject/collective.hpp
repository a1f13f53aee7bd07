#pragma once

#include "bench/subject/subject.hpp"

namespace ringtrue {

/// A collective with one of our schedules, or with the MPI library's own. Throws Error for one this library lacks.
Subject collective_subject(const Experiment& experiment, const CollectiveRun& run, const Communicators& comms);

}  // namespace ringtrue
