#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "bench/exchange/exchanger.hpp"
#include "bench/mpi/mpi.hpp"
#include "bench/training/arena.hpp"
#include "bench/training/arena_layout.hpp"
#include "bench/training/network.hpp"
#include "bench/training/sgd.hpp"
#include "experiment/experiment.hpp"
#include "experiment/record/phases.hpp"
#include "experiment/timeline/step_trace.hpp"

namespace ringtrue {

/// One rank's side of data-parallel training: its network, the exchange of its gradients, and the times of the last
/// step. Step k of p ranks with batch b takes images k p b to (k+1) p b - 1 of the data set, each rank its own b of
/// them.
class Trainer {
 public:
  /// `ranks`: how many exchange gradients; 1 where every rank trains for itself. Throws Error.
  Trainer(const TrainingStep& step, const Model& model, int ranks, const mpi::Communicator& comm, const Sgd& sgd);

  /// The next step's images become the input.
  void load();
  /// Throws Error naming step, layer and the losses before if the loss is not finite.
  void step();

  double loss() const { return losses_.back(); }  ///< Of the last step, before its update. Requires a step.
  /// Of the last step; see experiment/record/phases.hpp. All ranks that exchange have to ask.
  Phases phases() const;
  /// What the last step did when, on the clock of now(): layers, update, buckets. The same names on every rank.
  std::vector<StepSpan> spans() const;
  /// Names what this rank's parameters are, bit by bit.
  std::uint64_t parameters_hash();

 private:
  /// Parameters that this rank updates: all of a bucket, or its chunk.
  struct Share {
    std::size_t bucket = 0;
    Stretch of_bucket, velocity;
  };
  std::size_t add_shares(const TrainingStep& step);  ///< Returns how many parameters all shares have together.
  void update_shares();
  Seconds backward_time() const;
  StepTimeline timeline() const;
  void require_finite();

  const Model& model_;
  Sgd sgd_;
  const mpi::Communicator& comm_;
  int ranks_, batch_;
  Overlap overlap_;
  std::vector<Bucket> buckets_;
  Network network_;
  Exchanger exchanger_;
  std::vector<Transfer> gathers_;  ///< Of the parameters, sharded.
  std::vector<Share> shares_;
  Arena velocities_;  ///< Share after share.
  std::int64_t steps_ = 0;
  std::deque<double> losses_;  ///< Of the last steps, oldest first.
  Seconds began_{}, computed_{}, exchanged_{}, updated_{}, ended_{};
};

}  // namespace ringtrue
