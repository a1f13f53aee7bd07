#include "bench/training/sgd.hpp"

#include <cassert>

#include "bench/vectorised.hpp"

namespace ringtrue {
namespace {

RINGTRUE_VECTORISED void descend(float* parameters, const float* gradients, float* velocity, std::size_t n, Sgd sgd) {
  RINGTRUE_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    velocity[i] = sgd.momentum * velocity[i] + gradients[i];
    parameters[i] -= sgd.rate * velocity[i];
  }
}

}  // namespace

void update(std::span<float> parameters, std::span<const float> gradients, std::span<float> velocity, const Sgd& sgd) {
  assert(parameters.size() == gradients.size() && parameters.size() == velocity.size());
  descend(parameters.data(), gradients.data(), velocity.data(), parameters.size(), sgd);
}

}  // namespace ringtrue
