#pragma once

#include "bench/mpi/mpi.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// Core-to-core latency, the state of the machine: rank 0 and the rank half-way round its host, which with more than
/// one core is on another one, bounce a word through shared memory while the others sleep. Not through MPI, so that it
/// means the same under every transport.
class CanaryProbe {
 public:
  /// `cores` of a host; with one core two ranks cannot wait for each other awake, and there is nothing to measure.
  CanaryProbe(const mpi::Communicator& comm, int cores);
  ~CanaryProbe();
  CanaryProbe(const CanaryProbe&) = delete;
  CanaryProbe& operator=(const CanaryProbe&) = delete;

  /// Median of half a round trip over a few hundred, the same on every rank; zero, at once, if rank 0 has no partner.
  /// Collective.
  Seconds measure();

 private:
  struct Words;
  Seconds ask();
  void answer();

  const mpi::Communicator& comm_;
  mpi::Communicator host_;
  MPI_Win window_ = MPI_WIN_NULL;
  Words* words_ = nullptr;
  int partner_ = 0;
  bool speaks_ = false;  ///< Rank 0 has a partner: the first host's canary stands for all.
};

}  // namespace ringtrue
