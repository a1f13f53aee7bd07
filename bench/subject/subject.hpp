#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "experiment/experiment.hpp"
#include "experiment/record/phases.hpp"
#include "experiment/timeline/step_trace.hpp"
#include "experiment/training/training_entry.hpp"

namespace ringtrue {

/// What a rank saw of its last iteration besides its time.
struct Observation {
  Phases phases;
  double loss = 0;
};

/// What one row times. `reset` writes what goes in and wipes what comes out, so that no right answer of before is left;
/// `refresh` (untimed, before every iteration) writes to each cache line of what goes in that others have read, so that
/// a collective never sends what its cache already gave away; for a cold subject it walks other memory; empty where one
/// iteration leaves the caches as the next is to find them; `run` is the timed body; `count_wrong` compares the result
/// of the first run after a reset with the closed form and returns the wrong elements of this rank (nothing where there
/// is no result to check). `advance`, of messages, is run() piece by piece and `run_recorded` is there for what
/// executes a schedule of ours: see Executor; `observe` and `spans`, of the last iteration, for training.
struct Subject {
  std::function<void()> reset;
  std::function<void()> refresh{};
  std::function<void()> run;
  std::function<std::optional<std::int64_t>()> count_wrong;
  std::function<bool()> advance{};
  std::function<std::span<const Seconds>()> run_recorded{};
  std::function<Observation()> observe{};
  std::function<std::vector<StepSpan>()> spans{};
};

/// Communicators the subjects run on. `library_ring` is there if Open MPI let us choose its ring algorithm.
struct Communicators {
  const mpi::Communicator& world;
  const mpi::Communicator* library_ring = nullptr;
  Bytes cache = max_bytes;  ///< What a rank has of the last-level cache.
};

/// `models`: those that experiments train, by name; the subject refers to them. Throws Error for an experiment this
/// build or this launch cannot run.
Subject make_subject(const Experiment& experiment, const Communicators& comms, const Models& models = {});

/// A duplicate of `world` on which MPI_Allreduce uses Open MPI's ring; nothing if the library is another or refuses.
/// Needs coll_tuned_use_dynamic_rules set before MPI_Init (see main.cpp).
std::optional<mpi::Communicator> make_library_ring(const mpi::Communicator& world);

}  // namespace ringtrue
