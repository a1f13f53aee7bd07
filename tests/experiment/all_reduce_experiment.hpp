#pragma once

#include "experiment/experiment.hpp"

namespace ringtrue {

/// All-Reduce, float32, in place.
inline Experiment all_reduce_by(Algorithm algorithm, Bytes bytes, int ranks, Segmentation segmentation = {1_MiB, 2}) {
  return {CollectiveRun{.algorithm = algorithm,
                        .bytes = bytes,
                        .dtype = DataType::float32,
                        .op = ReduceOp::sum,
                        .in_place = true,
                        .segmentation = segmentation,
                        .root = {}},
          ranks};
}

inline Experiment ring(Bytes bytes, int ranks, Segmentation segmentation = {1_MiB, 2}) {
  return all_reduce_by(Algorithm::ring, bytes, ranks, segmentation);
}

}  // namespace ringtrue
