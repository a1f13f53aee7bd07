#include "bench/training/sgd.hpp"

#include <cassert>

namespace ringtrue {
namespace {

// As in bench/subject/reduction.cpp: one clone per instruction set, where compiler and sanitizers allow it.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define RINGTRUE_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#define RINGTRUE_INDEPENDENT _Pragma("GCC ivdep")
#else
#define RINGTRUE_VECTORISED
#define RINGTRUE_INDEPENDENT
#endif

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
