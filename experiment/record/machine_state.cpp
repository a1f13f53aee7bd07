#include "experiment/record/machine_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ringtrue {
namespace {

constexpr double least_ratio_of_states = 1.4;
constexpr double least_share_of_a_state = 0.1;

/// Sum of squared deviations of values[begin, end) from their mean, from prefix sums of values and squares.
struct PrefixSums {
  explicit PrefixSums(std::span<const double> values) : sum(values.size() + 1), squares(values.size() + 1) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum[i + 1] = sum[i] + values[i];
      squares[i + 1] = squares[i] + values[i] * values[i];
    }
  }
  double mean(std::size_t begin, std::size_t end) const {
    return (sum[end] - sum[begin]) / static_cast<double>(end - begin);
  }
  double scatter(std::size_t begin, std::size_t end) const {
    const double m = mean(begin, end);
    return squares[end] - squares[begin] - m * m * static_cast<double>(end - begin);
  }
  std::vector<double> sum, squares;
};

std::vector<double> log_canaries(std::span<const Record> measured) {
  std::vector<double> logs;
  for (const Record& record : measured) {
    const auto* m = std::get_if<Measurement>(&record.result);
    if (m == nullptr || !m->canary) continue;
    for (const Seconds canary : {m->canary->before, m->canary->after})
      if (canary > Seconds{0}) logs.push_back(std::log(canary.count()));
  }
  std::ranges::sort(logs);
  return logs;
}

}  // namespace

std::string MachineStates::of(const std::optional<Canary>& canary) const {
  if (!canary) return "unknown";
  const bool slow_before = canary->before.count() >= threshold_s;
  const bool slow_after = canary->after.count() >= threshold_s;
  if (slow_before != slow_after) return "mixed";
  return slow_before ? "slow" : "fast";
}

MachineStates classify_states(std::span<const Record> measured) {
  const std::vector<double> logs = log_canaries(measured);
  const MachineStates one_state{.threshold_s = std::numeric_limits<double>::infinity()};
  const std::size_t n = logs.size();
  const auto least =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(least_share_of_a_state * static_cast<double>(n))));
  if (n < 2 * least) return one_state;
  const PrefixSums sums(logs);
  std::size_t split = least;
  for (std::size_t i = least; i <= n - least; ++i)
    if (sums.scatter(0, i) + sums.scatter(i, n) < sums.scatter(0, split) + sums.scatter(split, n)) split = i;
  const double low = sums.mean(0, split);
  const double high = sums.mean(split, n);
  if (high - low < std::log(least_ratio_of_states)) return one_state;
  const double border = (low + high) / 2;  // one far outlier can pull it above equals of the lower side: count anew
  const auto slow = static_cast<std::size_t>(std::ranges::count_if(logs, [border](double c) { return c >= border; }));
  if (std::min(slow, n - slow) < least) return one_state;
  return {.threshold_s = std::exp(border)};
}

}  // namespace ringtrue
