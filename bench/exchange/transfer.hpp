#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "experiment/experiment.hpp"

namespace ringtrue {

/// One collective in place on memory that somebody else owns, as often as asked: in one go, or piece by piece.
struct Transfer {
  std::function<void()> run;
  /// Does what can be done without waiting for anybody; true if the collective is complete. The next call begins the
  /// next.
  std::function<bool()> advance;
  /// The rest of it, or all. Not run(): where one rank advances, all have to, or the library's calls do not match.
  std::function<void()> finish;
};

/// A collective, and memory of its bytes, which must outlive it.
struct Placed {
  Experiment collective;
  std::byte* data;
};

/// One for each, in their order. They share one scratch, which stays warm from one to the next: each has to be complete
/// before another begins. Throws Error for a collective that the library is not asked for here: of its own algorithms
/// only all_reduce.
std::vector<Transfer> make_transfers(std::span<const Placed> placed, const mpi::Communicator& comm);

}  // namespace ringtrue
