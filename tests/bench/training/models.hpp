#pragma once

#include <cmath>
#include <vector>

#include "bench/training/random.hpp"
#include "experiment/training/model_builder.hpp"

namespace ringtrue::testing {

/// A model of what `build(builder)` adds, closed by a dense layer.
template <class Build>
Model model_of(const Shape& images, int classes, const Build& build) {
  Model model{.name = "test", .hash = "", .images = images, .classes = classes, .layers = {}};
  ModelBuilder builder(model, "test");
  build(builder);
  builder.add_dense("scores", classes, false);
  return model;
}

/// Plain parameters none of which is special: weights of unit gain, scales about 1, biases and shifts about 0.
inline std::vector<float> ordinary_parameters(const Model& model, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<float> values;
  for (const Parameter& parameter : parameters_of(model)) {
    const int outputs = model.layers[static_cast<std::size_t>(parameter.layer)].out.channels;
    const auto inputs = static_cast<float>(parameter.count / outputs);
    for (std::int64_t i = 0; i < parameter.count; ++i) {
      const float value = random.uniform();
      values.push_back(parameter.kind == ParameterKind::weights ? value * std::sqrt(3 / inputs)
                       : parameter.kind == ParameterKind::scale ? 1 + value / 2
                                                                : value / 4);
    }
  }
  return values;
}

}  // namespace ringtrue::testing
