#pragma once

#include <vector>

#include "experiment/training/model.hpp"

namespace ringtrue {

enum class BucketRule { capped, per_layer, one };

/// How gradients are gathered into buckets. `capped`, as PyTorch's DistributedDataParallel does it: a bucket is closed
/// by the gradient that brings it to its limit or beyond, the first at `first`, all others at `cap` (1 and 25 MiB
/// there). `per_layer`: one for each layer with parameters. `one`: one for all.
struct Bucketing {
  BucketRule rule = BucketRule::capped;
  Bytes first = 1_MiB, cap = 25_MiB;  ///< Of `capped`; zero for the others.
  bool operator==(const Bucketing&) const = default;
};

/// Gradients that are exchanged together, one after the other in memory.
struct Bucket {
  std::vector<int> parameters;  ///< Indices into parameters_of(model), in the order in which backward makes them.
  Bytes bytes;                  ///< Of their gradients, float32.
  int last_layer = 0;           ///< With this layer's backward, which comes last of all its layers', it is complete.
  bool operator==(const Bucket&) const = default;
};

/// Every gradient in exactly one bucket, in reverse order of the parameters, which is that of backward.
std::vector<Bucket> make_buckets(const Model& model, const Bucketing& bucketing);

}  // namespace ringtrue
