#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiment/record/record.hpp"

namespace ringtrue {

/// Shared and virtual machines have several speeds. A canary (core-to-core latency of 8 bytes) stands before and after
/// every row; rows are compared, and calibrations applied, within one state.
struct MachineStates {
  /// Canaries below are `fast`, from here on `slow`. Infinite where the machine showed one state only: all is `fast`.
  double threshold_s = 0;

  /// `fast`, `slow`, or `mixed` when the state changed while the row ran; `unknown` without a canary.
  std::string of(const std::optional<Canary>& canary) const;
};

/// Splits the canaries in two at the largest relative gap between clusters: two-means on their logarithms, taken only
/// if the centres lie a factor 1.4 or more apart and each side holds a tenth of the canaries; else one state.
/// Deterministic.
MachineStates classify_states(std::span<const Record> measured);

}  // namespace ringtrue
