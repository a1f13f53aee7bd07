#pragma once

#include <vector>

#include "bench/training/onednn/recorder.hpp"

namespace ringtrue::onednn {

/// All operations of a training step but the loss itself, which reads `scores`, writes `probabilities` in forward and
/// turns those into `score_gradient` in backward.
struct RecordedNetwork {
  Recorder::Recording recording;
  std::vector<TensorId> outputs;                   ///< Of the layers, each valid when its forward has just run.
  TensorId images;                                 ///< Plain; kept through the step.
  TensorId scores, probabilities, score_gradient;  ///< Plain, images x classes.
};

/// Throws Error, with the layer's name, for what oneDNN refuses.
RecordedNetwork record_network(const Model& model, int batch, ArenaLayout layout);

}  // namespace ringtrue::onednn
