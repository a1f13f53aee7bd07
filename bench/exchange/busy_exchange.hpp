#pragma once

#include "bench/mpi/mpi.hpp"
#include "bench/subject/subject.hpp"
#include "experiment/experiment.hpp"

namespace ringtrue {

/// `alone` is the subject of the same Exchange among the ranks of `comm`. Each run makes some exchanges in a thread of
/// its own, every one refreshed, and begun after each rank has computed for a random while, as ranks that train are not
/// in step either. Observes the mean over them, and over all ranks with a partner, of `exchange`, from when both
/// partners have begun to its end, and of `computing`, the processor time that computing got meanwhile. Throws Error if
/// the MPI library may not be called from threads. Requires alone.advance.
Subject busy_exchange_subject(const Subject& alone, const Exchange& exchange, const mpi::Communicator& comm);

}  // namespace ringtrue
