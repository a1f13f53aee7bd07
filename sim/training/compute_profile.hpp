#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiment/json.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// What a rank computes in one training step while every other rank of the scale computes as well, without a message:
/// times by layer, with `loss` as one more, and the update of all parameters.
struct ComputeProfile {
  std::string model;
  int batch = 1;  ///< Images a rank.
  std::map<std::string, Seconds> forward, backward;
  Seconds update{};
  Seconds spread{};           ///< From the mean rank's time for all of it to the slowest's.
  bool extrapolated = false;  ///< Not measured at these ranks: that of one rank, times the ranks that share a core.
};

/// Nothing if there is none.
const ComputeProfile* find_profile(const std::vector<ComputeProfile>& profiles, const std::string& model, int batch);

/// What `sharing` ranks on a core are taken to need if only one rank was measured; `extrapolated`.
ComputeProfile shared_profile(const ComputeProfile& of_one_rank, int sharing);

Json to_json(const ComputeProfile& profile);
/// Strict. Throws Error.
ComputeProfile parse_compute_profile(const Json& json, const std::string& where);

}  // namespace ringtrue
