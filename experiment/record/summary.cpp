#include "experiment/record/summary.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace ringtrue {

double quantile_of_sorted(std::span<const double> ascending, double q) {
  assert(!ascending.empty() && q >= 0 && q <= 1);
  const double position = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return ascending[below] + fraction * (ascending[above] - ascending[below]);
}

double quantile(std::vector<double> values, double q) {
  assert(!values.empty() && q >= 0 && q <= 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), below, values.end());
  const double fraction = q * static_cast<double>(values.size() - 1) - static_cast<double>(below - values.begin());
  if (fraction == 0 || below + 1 == values.end()) return *below;
  return *below + fraction * (*std::min_element(below + 1, values.end()) - *below);
}

double median(std::vector<double> values) {
  assert(!values.empty());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Summary summarize(std::span<const Seconds> samples) {
  assert(!samples.empty());
  std::vector<double> sorted;
  for (const Seconds sample : samples) sorted.push_back(sample.count());
  std::ranges::sort(sorted);
  const auto at = [&](double q) { return Seconds{quantile_of_sorted(sorted, q)}; };
  return {.n = sorted.size(), .min = at(0), .q1 = at(0.25), .median = at(0.5), .q3 = at(0.75), .max = at(1)};
}

Interval median_interval(std::vector<double> values) {
  assert(!values.empty());
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  const double half_width = 1.96 * std::sqrt(n) / 2;
  const double last = n - 1;
  // The places floor(n/2 - half_width) and ceil(n/2 + half_width) + 1, counted from 1; here from 0.
  const auto lower = static_cast<std::size_t>(std::clamp(std::floor(n / 2 - half_width) - 1, 0.0, last));
  const auto upper = static_cast<std::size_t>(std::clamp(std::ceil(n / 2 + half_width), 0.0, last));
  return {values[lower], values[upper]};
}

}  // namespace ringtrue
