#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "experiment/training/model.hpp"

namespace ringtrue::testing {

struct NaiveStep {
  double loss = 0;                ///< Mean of the batch.
  std::vector<double> gradients;  ///< Of `scale` x the sum of the losses; plain, in the order of parameters_of(model).
};

/// One forward and backward of the model by plain loops in double precision, on `batch` images of the synthetic data
/// set from `first_image` on. `parameters` are plain, in the order of parameters_of(model).
NaiveStep naive_step(const Model& model, std::span<const float> parameters, std::int64_t first_image, int batch,
                     double scale);

}  // namespace ringtrue::testing
