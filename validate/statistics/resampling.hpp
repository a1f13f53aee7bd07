#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "experiment/record/summary.hpp"

namespace ringtrue {

/// Draws of launches where nobody else fixed how many.
inline constexpr int default_replicates = 200;

/// Launch numbers, drawn with replacement.
using Draw = std::vector<int>;

/// Below n; the same with every standard library. Requires n >= 1.
std::size_t draw_index(std::mt19937_64& generator, std::size_t n);
/// Standard normal (Box-Muller).
double draw_normal(std::mt19937_64& generator);

/// `replicates` draws of as many launches as given. Equal arguments give equal draws. Requires at least one launch.
std::vector<Draw> draw_launches(std::span<const int> launches, int replicates, std::uint64_t seed);

/// One row's ln(simulated/reference): as it is, and once per draw. Rows that are aggregated share their draws.
struct ResampledRow {
  double log_ratio = 0;
  std::vector<double> joint;      ///< Per draw, with the prediction refitted on that draw where there is one.
  std::vector<double> reference;  ///< Per draw, the nominal prediction against the drawn reference.
  int launches = 0;               ///< 0: the draws are not of launches and need no small-sample correction.
};

using ResampledRows = std::span<const ResampledRow* const>;

/// Of any row. Requires at least one.
int least_launches(ResampledRows rows);

/// 95 % interval of the log error of rows. Requires at least one row. See resampling.cpp.
Interval log_error_interval(ResampledRows rows);

/// The log error that a perfect model would show on these launches: exp(mean over draws and rows of the deviation from
/// the row's own value) - 1. Requires at least one row.
double noise_floor(ResampledRows rows);

/// 95 % percentile interval of a statistic around its `value`, from its values under the draws of `launches` launches.
Interval percentile_interval(double value, std::span<const double> drawn, int launches);

/// How much wider than the bootstrap says the scatter of n launches is: sqrt(n / (n - 1)); 1 below two launches.
double small_sample_factor(int launches);

}  // namespace ringtrue
