#pragma once

#include <cmath>
#include <span>

namespace ringtrue {

/// Error of a model over rows, from the ratios simulated / reference: exp(mean |ln r|) - 1, so that twice too fast
/// counts as twice too slow. Requires at least one ratio, all above zero.
inline double log_error(std::span<const double> ratios) {
  double sum = 0;
  for (const double r : ratios) sum += std::abs(std::log(r));
  return std::expm1(sum / static_cast<double>(ratios.size()));
}

}  // namespace ringtrue
