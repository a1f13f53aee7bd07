#include "validate/statistics/error_metrics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

template <class F>
double mean_of(std::span<const double> ratios, F f) {
  assert(!ratios.empty());
  double sum = 0;
  for (const double r : ratios) sum += f(r);
  return sum / static_cast<double>(ratios.size());
}

int sign(double x) { return (x > 0) - (x < 0); }

}  // namespace

double bias(std::span<const double> ratios) {
  return std::expm1(mean_of(ratios, [](double r) { return std::log(r); }));
}

double mean_absolute_error(std::span<const double> ratios) {
  return mean_of(ratios, [](double r) { return std::abs(r - 1); });
}

double p90_absolute_error(std::span<const double> ratios) {
  std::vector<double> errors;
  for (const double r : ratios) errors.push_back(std::abs(r - 1));
  std::ranges::sort(errors);
  return quantile_of_sorted(errors, 0.9);
}

std::size_t worst_row(std::span<const double> ratios) {
  const auto farther = [](double a, double b) { return std::abs(std::log(a)) < std::abs(std::log(b)); };
  return static_cast<std::size_t>(std::ranges::max_element(ratios, farther) - ratios.begin());
}

double geomean_absolute_error(std::span<const double> ratios, double epsilon) {
  return std::exp(mean_of(ratios, [&](double r) { return std::log(std::max(std::abs(r - 1), epsilon)); }));
}

double kendall_tau(std::span<const double> a, std::span<const double> b) {
  assert(a.size() == b.size());
  double agreement = 0;
  double untied_a = 0;
  double untied_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const int in_a = sign(a[i] - a[j]);
      const int in_b = sign(b[i] - b[j]);
      agreement += in_a * in_b;
      untied_a += in_a != 0;
      untied_b += in_b != 0;
    }
  }
  return untied_a * untied_b == 0 ? 0 : agreement / std::sqrt(untied_a * untied_b);
}

}  // namespace ringtrue
