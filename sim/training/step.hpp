#pragma once

#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/training/step_timeline.hpp"

namespace ringtrue {

/// What exchanging one bucket takes a rank that does nothing else.
struct BucketCost {
  int last_layer = 0;    ///< Its backward completes the bucket.
  Seconds gradients{};   ///< Of its all_reduce or, sharded, reduce_scatter.
  Seconds parameters{};  ///< Of its all_gather after the update, sharded.
  /// Beside a thread that computes, the exchange takes so many times as long ...
  double slowdown = 1;
  /// ... and computing goes on at this share of its speed.
  double computing_rate = 1;
  /// Polling: share of `gradients` in which the core is needed; the rest waits for a link.
  double core_share = 1;
  int advances = 1;  ///< Polling: see advances_of().
};

/// What the mean rank computes and exchanges in a step. Buckets stand in the order in which backward completes them.
struct StepCosts {
  Seconds forward{};                ///< With the loss.
  Seconds loss_backward{};          ///< First of backward.
  std::vector<Seconds> backward{};  ///< By layer of the model.
  Seconds update{};                 ///< Of what this rank updates.
  Seconds spread{};                 ///< How much later than the mean rank the slowest is done with computing.
  int sharing = 1;                  ///< Ranks of a core, which stretch all of the above.
  Seconds slice{};                  ///< Of such a core, as in base_slice().
  std::vector<BucketCost> buckets{};
};

struct StepReplay {
  StepTimeline mean;  ///< Of the mean rank.
  Seconds time{};     ///< Until the slowest rank is done.
};

/// Buckets are exchanged in order, one at a time, each from when it is ready at the earliest. The slowest rank, whose
/// every computation takes longer in proportion, is never waited for; the mean rank's exchanges end when the slowest's
/// do.
/// `none`: all after backward. `thread`: beside computing, both slowed as the bucket says from when the slowest rank
/// has begun the bucket, until when the thread naps; but at full speed once backward is over. `polling`: behind each
/// layer of backward the rank advances the exchange until it would have to wait; the first time begins it, each later
/// one does one of its `advances`, spending that one's share of the core, if its wait for the link (the rest of it) has
/// passed since the one before. As long as a bucket is exchanged, ranks that share the core are given it there, and
/// stretch a layer by no more than they do before (made_up_before_yield). What is left after backward runs at full
/// speed.
StepReplay replay_step(const StepCosts& costs, Overlap overlap);

}  // namespace ringtrue
