#include "validate/ring_ratio.hpp"

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace ringtrue {
namespace {

constexpr Bytes from = 64_KiB;
constexpr Bytes to = 64_MiB;

using Scale = std::tuple<std::string, int, std::string>;  ///< System, ranks, baseline.
using LogRatios = std::map<Bytes, std::vector<double>>;

/// Empty where no launch ran both in the same state.
std::optional<double> median_log_ratio(const MeasuredSeries& ring, const MeasuredSeries& baseline) {
  std::vector<double> logs;
  for (const LaunchTime& a : ring.launches)
    for (const LaunchTime& b : baseline.launches)
      if (a.launch == b.launch && a.state == b.state) logs.push_back(a.log_time - b.log_time);
  if (logs.empty()) return std::nullopt;
  return median(std::move(logs));
}

bool same_question(const MeasuredRow& a, const MeasuredRow& b) {
  const CollectiveRun& x = *as_collective(a.experiment);
  const CollectiveRun& y = *as_collective(b.experiment);
  return a.system_id == b.system_id && a.experiment.ranks == b.experiment.ranks && x.collective == y.collective &&
         x.bytes == y.bytes && x.dtype == y.dtype && x.op == y.op && x.in_place == y.in_place;
}

bool is_ring(const MeasuredSeries& series) {
  const CollectiveRun* run = as_collective(series.row.experiment);
  return run != nullptr && run->collective == Collective::all_reduce && run->algorithm == Algorithm::ring;
}

bool is_baseline(const MeasuredSeries& series) {
  const CollectiveRun* run = as_collective(series.row.experiment);
  return run != nullptr && !is_ours(run->algorithm);
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

RingRatio summarise(const Scale& scale, const LogRatios& ratios, const std::vector<double>& in_range) {
  RingRatio result;
  std::tie(result.system_id, result.ranks, result.baseline) = scale;
  for (const auto& [bytes, logs] : ratios) result.by_bytes.emplace_back(bytes, std::exp(mean(logs)));
  result.geomean = std::exp(mean(in_range));
  return result;
}

/// Adds the ratios of one ring to every baseline that answers the same question.
void add_ratios(const MeasuredSeries& ring, const Campaign& campaign, std::map<Scale, LogRatios>& scales) {
  for (const MeasuredSeries& other : campaign.series) {
    if (!is_baseline(other) || !same_question(ring.row, other.row)) continue;
    const CollectiveRun& run = *as_collective(other.row.experiment);
    const Scale scale{ring.row.system_id, ring.row.experiment.ranks, std::string(to_string(run.algorithm))};
    if (const auto log_ratio = median_log_ratio(ring, other)) scales[scale][run.bytes].push_back(*log_ratio);
  }
}

}  // namespace

std::vector<RingRatio> ring_ratios(const Campaign& campaign) {
  std::map<Scale, LogRatios> scales;
  for (const MeasuredSeries& ring : campaign.series)
    if (is_ring(ring)) add_ratios(ring, campaign, scales);
  std::vector<RingRatio> results;
  for (const auto& [scale, ratios] : scales) {
    std::vector<double> in_range;
    for (auto it = ratios.lower_bound(from); it != ratios.end() && it->first <= to; ++it)
      in_range.push_back(mean(it->second));
    if (!in_range.empty()) results.push_back(summarise(scale, ratios, in_range));
  }
  return results;
}

}  // namespace ringtrue
