#pragma once

#include <span>

namespace ringtrue {

/// Stochastic gradient descent with momentum, without weight decay.
struct Sgd {
  float rate = 0.1F, momentum = 0.9F;
};

/// As ResNet-50 is trained on ImageNet: a rate of 0.1 for 256 images a step, in proportion for fewer or more (Goyal et
/// al., arXiv:1706.02677).
constexpr Sgd sgd_for(int images_a_step) {
  return {.rate = 0.1F / 256.0F * static_cast<float>(images_a_step), .momentum = 0.9F};
}

/// velocity = momentum x velocity + gradient; parameter -= rate x velocity. Requires spans of equal length that do not
/// overlap.
void update(std::span<float> parameters, std::span<const float> gradients, std::span<float> velocity, const Sgd& sgd);

}  // namespace ringtrue
