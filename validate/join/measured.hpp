#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "experiment/record/record_file.hpp"
#include "validate/comparison.hpp"

namespace ringtrue {

/// One launch of one experiment.
struct LaunchTime {
  int launch = 0;
  double log_time = 0;  ///< ln of the seconds.
  std::string state;    ///< fast, slow, mixed or unknown
  Phases phases;        ///< Of a training step.
};

/// One experiment on one system with its launches.
struct MeasuredSeries {
  MeasuredRow row;  ///< `interval_s` from draws of the launches of its scale.
  std::string source;
  std::vector<LaunchTime> launches;  ///< Ascending.
};

/// Scored and shown experiments, in order of system, purpose, ranks, algorithm, bytes, key.
struct Campaign {
  std::vector<MeasuredSeries> series;

  /// The launches that any row of the scale has, ascending.
  std::vector<int> launches(const std::string& system_id, int ranks) const;
  /// Whether the experiment has a row on the system.
  bool measured(const Experiment& experiment, const std::string& system_id) const;
};

/// Throws Error on records that were not measured, that stand twice, or that are of several campaigns.
Campaign gather_measured(std::span<const RecordFile> files, std::uint64_t seed);

/// Median of a row's values over the launches of a draw that it has; over all its launches if it has none of them.
/// `value(i)` belongs to launches[i].
template <class Value>
double median_of_draw(const std::vector<LaunchTime>& launches, std::span<const int> draw, Value value) {
  std::vector<double> values;
  for (const int launch : draw)
    for (std::size_t i = 0; i < launches.size(); ++i)
      if (launches[i].launch == launch) values.push_back(value(i));
  if (!values.empty()) return median(std::move(values));
  for (std::size_t i = 0; i < launches.size(); ++i) values.push_back(value(i));
  return median(std::move(values));
}

}  // namespace ringtrue
