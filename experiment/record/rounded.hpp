#pragma once

#include <cmath>

#include "experiment/units.hpp"

namespace ringtrue {

/// Six significant digits: a clock tick of 1 ns on a sample of 1 ms, and a third of the file.
inline double rounded(Seconds time) {
  const double t = time.count();
  if (t == 0) return 0;
  const double scale = std::pow(10.0, 5 - std::floor(std::log10(std::abs(t))));
  return std::round(t * scale) / scale;
}

}  // namespace ringtrue
