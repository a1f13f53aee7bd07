#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// Five numbers of one row and launch.
struct Summary {
  std::size_t n = 0;
  Seconds min{}, q1{}, median{}, q3{}, max{};
  bool operator==(const Summary&) const = default;
};

struct Interval {
  double lower = 0;
  double upper = 0;
};

/// The q-quantile of ascending values, linear between neighbours (Hyndman & Fan type 7). Requires at least one value.
double quantile_of_sorted(std::span<const double> ascending, double q);
/// The same of values in any order. Requires at least one.
double quantile(std::vector<double> values, double q);
double median(std::vector<double> values);  ///< Requires at least one value.

/// Requires samples to be non-empty.
Summary summarize(std::span<const Seconds> samples);

/// Distribution-free 95 % interval of the median from order statistics (Hoefler & Belli SC'15, rule 5; normal
/// approximation of the binomial, so for about ten samples and more). Requires samples to be non-empty.
Interval median_interval(std::vector<double> values);

}  // namespace ringtrue
