#pragma once

#include <utility>
#include <vector>

#include "validate/statistics/resampling.hpp"

namespace ringtrue::testing {

struct Noise {
  double per_row = 0;     ///< Standard deviation of ln time, of its own for each row and launch.
  double per_launch = 0;  ///< The same, shared by all rows of a launch.
};

/// Rows of a campaign whose true ln(simulated/measured) is `truth`, measured in `launches` launches.
inline std::vector<ResampledRow> synthetic_rows(const std::vector<double>& truth, int launches, Noise noise,
                                                std::mt19937_64& generator) {
  std::vector<std::vector<double>> logs(truth.size());
  std::vector<int> numbers;
  for (int l = 0; l < launches; ++l) {
    numbers.push_back(l);
    const double shared = noise.per_launch * draw_normal(generator);
    for (std::size_t i = 0; i < truth.size(); ++i)
      logs[i].push_back(truth[i] + shared + noise.per_row * draw_normal(generator));
  }
  const std::vector<Draw> draws = draw_launches(numbers, default_replicates, generator());
  std::vector<ResampledRow> rows;
  for (const std::vector<double>& log : logs) {
    ResampledRow row{.log_ratio = median(log), .joint = {}, .reference = {}, .launches = launches};
    for (const Draw& draw : draws) {
      std::vector<double> drawn;
      for (const int launch : draw) drawn.push_back(log[static_cast<std::size_t>(launch)]);
      row.joint.push_back(median(std::move(drawn)));
    }
    row.reference = row.joint;
    rows.push_back(std::move(row));
  }
  return rows;
}

inline std::vector<const ResampledRow*> pointers_to(const std::vector<ResampledRow>& rows) {
  std::vector<const ResampledRow*> pointers;
  for (const ResampledRow& row : rows) pointers.push_back(&row);
  return pointers;
}

}  // namespace ringtrue::testing
