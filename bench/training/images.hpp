#pragma once

#include <cstdint>
#include <span>

#include "experiment/training/model.hpp"

namespace ringtrue {

// The endless synthetic data set. Each class has a pattern of 4 x 4 even tiles a channel; an image is its class's
// pattern with noise of its own on each pixel. Image k is the same wherever it is made. Requires image >= 0.

/// The class of an image: k mod classes, so that all are equally often.
int label_of(std::int64_t image, int classes);

/// Writes channels x height x width values within [-1.5, 1.5). Requires pixels to hold shape.count() values.
void write_image(std::int64_t image, const Shape& shape, int classes, std::span<float> pixels);

}  // namespace ringtrue
