#include "bench/training/initial_values.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench/training/random.hpp"

namespace ringtrue {
namespace {

std::vector<float> random_weights(std::int64_t count, std::int64_t outputs, std::uint64_t seed) {
  const double inputs = static_cast<double>(count) / static_cast<double>(outputs);
  const auto bound = static_cast<float>(std::sqrt(6 / inputs));  // uniform in [-a, a) has the variance a^2 / 3
  SplitMix64 random(seed);
  std::vector<float> weights(static_cast<std::size_t>(count));
  for (float& weight : weights) weight = bound * random.uniform();
  return weights;
}

bool ends_block(const Model& model, int layer) {
  return std::ranges::any_of(model.layers,
                             [&](const Layer& l) { return l.kind == LayerKind::add && l.input == layer; });
}

}  // namespace

std::vector<float> initial_values(const Model& model, std::size_t parameter, std::uint64_t seed) {
  const Parameter wanted = parameters_of(model).at(parameter);
  const auto count = static_cast<std::size_t>(wanted.count);
  switch (wanted.kind) {
    case ParameterKind::weights:
      return random_weights(wanted.count, model.layers[static_cast<std::size_t>(wanted.layer)].out.channels,
                            seed_of(seed, parameter));
    case ParameterKind::scale: return std::vector<float>(count, ends_block(model, wanted.layer) ? 0.0F : 1.0F);
    case ParameterKind::bias:
    case ParameterKind::shift: return std::vector<float>(count, 0.0F);
  }
  throw std::logic_error("initial_values: not a kind of parameter");
}

}  // namespace ringtrue
