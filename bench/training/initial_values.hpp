#pragma once

#include <cstdint>
#include <vector>

#include "experiment/training/model.hpp"

namespace ringtrue {

/// What the parameter of that index in parameters_of(model) starts with, in plain order (out x in x height x width).
/// Weights: uniform with the variance 2 / inputs of He et al. (arXiv 1502.01852); scale 1, but 0 for a batch norm that
/// ends a residual block (Goyal et al., arXiv 1706.02677, section 5.1); bias and shift 0. Values depend on the seed and
/// the index alone.
std::vector<float> initial_values(const Model& model, std::size_t parameter, std::uint64_t seed);

}  // namespace ringtrue
