#pragma once

#include "experiment/experiment.hpp"
#include "experiment/training/model.hpp"

namespace ringtrue {

/// Two dense layers with a rectifier between them. a: 20 x 10 weights and 20 biases, 880 B of gradients; b: 2 x 20
/// weights and 2 biases, 168 B. Forward takes 2 x 200 operations in a, 2 x 40 in b.
inline Model toy_model() {
  return parse_model(
      R"({"name": "toy", "images": {"channels": 10, "height": 1, "width": 1}, "classes": 2,
          "layers": [{"layer": "dense", "name": "a", "outputs": 20}, {"layer": "relu", "name": "r"},
                     {"layer": "dense", "name": "b", "outputs": 2}]})",
      "toy");
}

/// Bucket 0 is b's, bucket 1 a's.
inline TrainingStep toy_step(Overlap overlap = Overlap::none, bool sharded = false) {
  TrainingStep step;
  step.model = "toy";
  step.gradients = 1048_B;
  step.batch = 4;
  step.buckets = {BucketRule::per_layer, {}, {}};
  step.segmentation = Segmentation{1_MiB, 1};
  step.overlap = overlap;
  step.sharded = sharded;
  return step;
}

}  // namespace ringtrue
