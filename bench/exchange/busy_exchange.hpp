#pragma once

#include "bench/mpi/mpi.hpp"
#include "bench/subject/subject.hpp"
#include "experiment/experiment.hpp"

namespace ringtrue {

/// `alone` is the subject of the same Exchange among the ranks of `comm`. Each run makes some exchanges in a thread of
/// its own, every one refreshed, and begun after each rank has computed for a random while, as ranks that train are not
/// in step either. Observes the mean over them of `exchange`, from when both partners have begun to its end; `beside`,
/// from this rank's beginning to the end; and `computing`, the processor time that computing got in it. Throws Error if
/// the MPI library may not be called from threads.
Subject busy_exchange_subject(const Subject& alone, const Exchange& exchange, const mpi::Communicator& comm);

}  // namespace ringtrue
