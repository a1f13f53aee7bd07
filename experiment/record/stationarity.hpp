#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// Did the conditions of a row change while it was measured?
struct Stationarity {
  bool stationary = true;
  std::size_t step_at = 0;  ///< The first iteration after the step; 0 if stationary.
  double step_ratio = 1;    ///< Median after the step over the median before; 1 if stationary.
  bool operator==(const Stationarity&) const = default;
};

/// A step counts from here on, up or down.
inline constexpr double least_step_ratio = 1.2;
/// Fewer iterations cannot be judged.
inline constexpr std::size_t least_iterations_judged = 8;

/// Looks for one step in the samples, in the order in which they were taken. The split is Pettitt's (Applied Statistics
/// 28, 1979), and has to be significant at 1 %; below 24 samples, where that asks for too much, it also counts if the
/// two sides do not overlap and lie a factor 1.3 apart. Either way the medians must differ by `least_step_ratio`,
/// and each side has at least three samples, so outliers are no step. Nothing if there are too few samples. Pure.
std::optional<Stationarity> judge_stationarity(std::span<const Seconds> samples);

/// An outlier is a sample above this many medians. Outliers are kept and counted.
inline constexpr double outlier_medians = 3;
std::size_t count_outliers(std::span<const Seconds> samples);

}  // namespace ringtrue
