#pragma once

#include "experiment/experiment.hpp"

namespace ringtrue {

/// All-Reduce by our ring, float32, in place.
inline Experiment ring(Bytes bytes, int ranks, Segmentation segmentation = {1_MiB, 2}) {
  return {CollectiveRun{.algorithm = Algorithm::ring,
                        .bytes = bytes,
                        .dtype = DataType::float32,
                        .op = ReduceOp::sum,
                        .in_place = true,
                        .segmentation = segmentation,
                        .root = {}},
          ranks};
}

}  // namespace ringtrue
