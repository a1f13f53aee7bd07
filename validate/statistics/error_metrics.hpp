#pragma once

#include <cstddef>
#include <span>

#include "experiment/log_error.hpp"

namespace ringtrue {

/// Further errors of a model over rows, from the ratios r = simulated / reference; e = r - 1. Each requires at least
/// one ratio, all above zero.

/// exp(mean ln r) - 1, signed.
double bias(std::span<const double> ratios);
/// Mean of |e|.
double mean_absolute_error(std::span<const double> ratios);
/// The 0.9-quantile of |e|.
double p90_absolute_error(std::span<const double> ratios);
/// The row farthest from 1 on the logarithmic scale; the first of equals.
std::size_t worst_row(std::span<const double> ratios);
/// exp(mean ln max(|e|, epsilon)): ASTRA-sim's "geomean error rate". Requires epsilon > 0.
double geomean_absolute_error(std::span<const double> ratios, double epsilon);

/// Kendall's tau-b of two rankings of the same rows; 0 where one of them is constant. Source: Kendall, Biometrika 33,
/// 1945.
double kendall_tau(std::span<const double> a, std::span<const double> b);

}  // namespace ringtrue
