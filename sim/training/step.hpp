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
  /// Share of `gradients` in which the core is needed; the rest waits for a link. Zero: it has no part of the core, and
  /// computing goes on as if nothing were exchanged.
  double core_share = 1;
  /// The ranks move the data themselves, from memory to memory: it goes on while both ends have their core only.
  bool both_ends = false;
  bool yields = false;  ///< Waiting gives the core away: computing loses what exchanging needs, not half.
  int advances = 1;     ///< See advances_of().
};

/// What one rank computes and exchanges in a step. Buckets stand in the order in which backward completes them.
struct StepCosts {
  Seconds forward{};                ///< With the loss.
  Seconds loss_backward{};          ///< First of backward.
  std::vector<Seconds> backward{};  ///< By layer of the model.
  Seconds update{};                 ///< Of what this rank updates.
  Seconds spread{};                 ///< How much later than the mean rank the slowest is done with computing.
  std::vector<BucketCost> buckets{};
};

/// Buckets are exchanged in order, one at a time, each from when it is ready at the earliest; the first one behind
/// backward waits for the slowest rank.
/// `none`: all after backward. `thread`: beside computing, from a thread on the same core: each gets half of it, so
/// that computing takes twice as long meanwhile (unless waiting `yields`), and the exchange runs at min(1, 0.5 /
/// core_share) of its speed, half of that if it needs both ends at once, each of which has its core half of the time;
/// but at full speed once backward is over. `polling`: behind each layer of backward the rank advances the exchange
/// until it would have to wait; the first time begins it, each later one does one of its `advances`, spending that
/// one's share of the core, if its wait for the link (the rest of it) has passed since the one before. What is left
/// after backward runs at full speed.
StepTimeline replay_step(const StepCosts& costs, Overlap overlap);

}  // namespace ringtrue
