#pragma once

#include <vector>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// What `ranks` ranks exchange for one bucket: its gradients in one all_reduce, or, sharded, in one reduce_scatter
/// before the update and the parameters in one all_gather after it; all in place and float32. Nothing for one rank.
struct BucketExchange {
  std::vector<Experiment> gradients;
  std::vector<Experiment> parameters;
};

BucketExchange exchange_of(const TrainingStep& step, const Bucket& bucket, int ranks);

}  // namespace ringtrue
