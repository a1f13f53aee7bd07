#pragma once

#include <cstdint>
#include <span>

namespace ringtrue {

// Softmax cross-entropy of a batch: `scores` holds one row of as many values as classes for each of the labels.

/// Mean over the images of -log(probability of the label); writes the softmax of each row into `probabilities`.
/// Requires spans of equal length, a multiple of labels.size() > 0, and labels below the number of classes.
double softmax_cross_entropy(std::span<const float> scores, std::span<const int> labels,
                             std::span<float> probabilities);

/// gradient = scale x (probability - 1 at the label): of `scale` x the sum of the losses. Same requirements.
void softmax_cross_entropy_gradient(std::span<const float> probabilities, std::span<const int> labels, float scale,
                                    std::span<float> gradient);

}  // namespace ringtrue
