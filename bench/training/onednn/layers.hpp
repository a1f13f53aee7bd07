#pragma once

#include <functional>
#include <vector>

#include "bench/training/onednn/recorder.hpp"

namespace ringtrue::onednn {

/// The gradient of a layer's output, in the layout of that output.
struct Gradient {
  TensorId tensor;
  bool shared = false;  ///< Others read it later, so it must not be overwritten.
};

/// What the recording of one layer needs to know of its surroundings.
struct Site {
  Recorder& recorder;
  const Layer& layer;
  int index = 0;  ///< Of the layer.
  int batch = 1;
  TensorId input, other;       ///< `other`: of an add.
  bool needs_gradient = true;  ///< Of its input; false where that is the images.
  bool may_overwrite = false;  ///< Nobody needs the values of its input after it.
};

/// A layer whose forward is recorded. `record_backward` records the gradients of its parameters and returns those of
/// its input and, for an add, of `other`; nothing if no gradient is needed. It uses the Site's references.
struct RecordedLayer {
  TensorId output;
  std::function<std::vector<Gradient>(Gradient)> record_backward;
};

RecordedLayer record_convolution(const Site& site);
RecordedLayer record_batch_norm(const Site& site);
RecordedLayer record_relu(const Site& site);
RecordedLayer record_max_pool(const Site& site);
RecordedLayer record_average_pool(const Site& site);
RecordedLayer record_add(const Site& site);
RecordedLayer record_dense(const Site& site);

/// Of a rectifier, from what it put out.
Gradient record_relu_backward(Recorder& recorder, TensorId output, Gradient gradient);
/// The sum of two gradients of the same tensor.
Gradient record_sum(Recorder& recorder, Gradient one, Gradient other);

inline constexpr float norm_epsilon = 1e-5F;  ///< Added to the variance by batch norms, as in PyTorch.

}  // namespace ringtrue::onednn
