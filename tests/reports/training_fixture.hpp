#pragma once

#include "validate/comparison.hpp"

namespace ringtrue {

/// A step of ResNet-50, one image a rank, ring in segments of 1 MiB, two in flight.
Experiment resnet_step(int ranks, Overlap overlap, const Bucketing& buckets = {});

/// Six launches of steps at 1, 2 and 4 ranks on two cores: overlap none and thread, at 2 ranks with thread also one
/// bucket for all; layer profiles of the same; what the model `cluster` says; and predictions of nccl at 1 and 8 GPUs
/// of hgx-h100. Compared with a budget of 8 % at 2 ranks.
Comparison training_comparison();

/// small_comparison with all of that.
Comparison golden_comparison();

}  // namespace ringtrue
