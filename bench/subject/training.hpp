#pragma once

#include "bench/subject/subject.hpp"
#include "experiment/training/model.hpp"

namespace ringtrue {

/// One iteration is one step, on images of its own; after each the ranks compare their weights (untimed), and
/// `count_wrong` is the number of steps after which they were not bit-identical. Throws Error.
Subject training_subject(const TrainingStep& step, const Model& model, const mpi::Communicator& comm);

/// Every rank trains for itself, without a message.
Subject profile_subject(const LayerProfile& profile, const Model& model, const mpi::Communicator& comm);

}  // namespace ringtrue
