#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/system.hpp"
#include "validate/import/nccl_tests_run.hpp"

namespace ringtrue {

/// Where a run took place, by its devices: as many nodes as hosts. `launch` is empty where neither word fits.
struct RunPlace {
  int ranks = 0;
  int nodes = 0;
  std::optional<LaunchMode> launch;
  std::vector<std::string> hosts, gpus;  ///< Each once, in order of rank.
};

/// Throws Error where the devices are not told, do not fit the settings, or are one alone.
RunPlace place_of_run(const NcclTestsRun& run);

}  // namespace ringtrue
