#include "bench/training/loss.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace ringtrue {
namespace {

/// -log(softmax(scores)[label]), by way of the largest score so that nothing overflows. A score that is not a number
/// makes the loss one that is not.
double image_loss(std::span<const float> scores, std::size_t label, std::span<float> probabilities) {
  const float largest = *std::ranges::max_element(scores);
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    probabilities[i] = std::exp(scores[i] - largest);
    sum += static_cast<double>(probabilities[i]);
  }
  const auto factor = static_cast<float>(1 / sum);
  for (float& probability : probabilities) probability *= factor;
  return std::log(sum) + static_cast<double>(largest) - static_cast<double>(scores[label]);
}

}  // namespace

double softmax_cross_entropy(std::span<const float> scores, std::span<const int> labels,
                             std::span<float> probabilities) {
  assert(!labels.empty() && scores.size() % labels.size() == 0 && scores.size() == probabilities.size());
  const std::size_t classes = scores.size() / labels.size();
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    sum += image_loss(scores.subspan(i * classes, classes), static_cast<std::size_t>(labels[i]),
                      probabilities.subspan(i * classes, classes));
  return sum / static_cast<double>(labels.size());
}

void softmax_cross_entropy_gradient(std::span<const float> probabilities, std::span<const int> labels, float scale,
                                    std::span<float> gradient) {
  assert(!labels.empty() && gradient.size() % labels.size() == 0 && gradient.size() == probabilities.size());
  const std::size_t classes = gradient.size() / labels.size();
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = scale * probabilities[i];
  for (std::size_t i = 0; i < labels.size(); ++i) gradient[i * classes + static_cast<std::size_t>(labels[i])] -= scale;
}

}  // namespace ringtrue
