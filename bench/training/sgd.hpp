#pragma once

#include <span>

namespace ringtrue {

/// Stochastic gradient descent with momentum, without weight decay.
struct Sgd {
  float rate = 0.1F, momentum = 0.9F;
};

/// velocity = momentum x velocity + gradient; parameter -= rate x velocity. Requires spans of equal length that do not
/// overlap.
void update(std::span<float> parameters, std::span<const float> gradients, std::span<float> velocity, const Sgd& sgd);

}  // namespace ringtrue
