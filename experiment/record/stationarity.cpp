// With R_i the rank of sample i among all n, U_t = 2 (R_1 + ... + R_t) - t (n + 1) counts the pairs across the split t
// that are out of order against those in order. The split with the largest |U_t| is the best; under no change
// P(max |U_t| >= K) is about 2 exp(-6 K^2 / (n^3 + n^2)). Ranks make it blind to how far outliers lie.

#include "experiment/record/stationarity.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t least_side = 3;
constexpr std::size_t enough_for_ranks = 24;
constexpr double significance = 0.01;
/// Between sides that do not overlap; 1.2 gave twice the false alarms where samples scatter by 30 %.
constexpr double least_gap = 1.3;

std::vector<double> seconds_of(std::span<const Seconds> samples) {
  std::vector<double> values(samples.size());
  std::ranges::transform(samples, values.begin(), [](Seconds s) { return s.count(); });
  return values;
}

/// Ranks from 1; equal values share the mean of theirs.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + 1 + end) / 2;
    begin = end;
  }
  return ranks;
}

struct Split {
  std::size_t at = 0;  ///< The first sample of the later side.
  double statistic = 0;
};

Split best_split(const std::vector<double>& values) {
  const std::vector<double> ranks = ranks_of(values);
  const std::size_t n = values.size();
  Split best;
  double sum = 0;
  for (std::size_t t = 1; t <= n - least_side; ++t) {
    sum += ranks[t - 1];
    const double u = std::abs(2 * sum - static_cast<double>(t) * static_cast<double>(n + 1));
    if (t >= least_side && u > best.statistic) best = {.at = t, .statistic = u};
  }
  return best;
}

double significance_of(const Split& split, std::size_t samples) {
  const auto n = static_cast<double>(samples);
  return 2 * std::exp(-6 * split.statistic * split.statistic / (n * n * n + n * n));
}

/// The sides do not overlap, by far.
bool lie_apart(const std::vector<double>& values, std::size_t at) {
  const auto border = values.begin() + static_cast<std::ptrdiff_t>(at);
  const auto [low_before, high_before] = std::minmax_element(values.begin(), border);
  const auto [low_after, high_after] = std::minmax_element(border, values.end());
  return *low_after >= least_gap * *high_before || *low_before >= least_gap * *high_after;
}

}  // namespace

std::optional<Stationarity> judge_stationarity(std::span<const Seconds> samples) {
  if (samples.size() < least_iterations_judged) return std::nullopt;
  const std::vector<double> values = seconds_of(samples);
  const Split split = best_split(values);
  if (split.at == 0) return Stationarity{};  // all equal
  const bool significant = significance_of(split, values.size()) < significance ||
                           (values.size() < enough_for_ranks && lie_apart(values, split.at));
  const auto border = values.begin() + static_cast<std::ptrdiff_t>(split.at);
  const double before = median({values.begin(), border});
  const double after = median({border, values.end()});
  const bool notable = after >= least_step_ratio * before || before >= least_step_ratio * after;
  if (!significant || !notable || before <= 0) return Stationarity{};
  return Stationarity{.stationary = false, .step_at = split.at, .step_ratio = after / before};
}

std::size_t count_outliers(std::span<const Seconds> samples) {
  if (samples.empty()) return 0;
  const double limit = outlier_medians * median(seconds_of(samples));
  return static_cast<std::size_t>(std::ranges::count_if(samples, [&](Seconds s) { return s.count() > limit; }));
}

}  // namespace ringtrue
