#pragma once

#include <span>
#include <string>
#include <vector>

#include "validate/comparison.hpp"

namespace ringtrue {

/// How well the launches of a campaign know what they measured at one number of ranks.
struct ScalePrecision {
  std::string system_id;
  int ranks = 0;
  int launches = 0;  ///< That every row has.
  /// Of the scored rows' 95 % intervals of the median over launches, half the width relative to the median, as their
  /// geometric mean: 0.05 says that a median is known to within 5 %. Infinite for one launch.
  double half_width = 0;

  /// A verdict needs `least_launches`; beyond them, the goal decides.
  bool enough(double goal, int least_launches) const { return launches >= least_launches && half_width <= goal; }
};

/// One for each system and number of ranks that has scored rows, in their order.
std::vector<ScalePrecision> precision_of(std::span<const MeasuredRow> rows);

}  // namespace ringtrue
