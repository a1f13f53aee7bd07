#pragma once

#include <string>
#include <vector>

#include "sim/calibrate.hpp"

namespace ringtrue {

/// Ping-pongs and exchanges of one number of ranks, as measured, and the scale that is to be fitted on them.
struct PollingScale {
  struct Row {
    Experiment experiment;
    std::string key;  ///< Its experiment_key.
    double measured_s = 0;
  };
  std::string system_id;
  const ClusterPlatform* platform = nullptr;
  ClusterScale* scale = nullptr;  ///< Local work is fitted already.
  std::vector<Row> rows;
  Bytes largest;  ///< Message of the calibration.
};

/// Sets turn and the costs of messages of all scales of one machine state: a turn for each, and for all of them how
/// many turns a message and an acknowledgement cost, and a byte. Replaying all rows is then off by the smallest log
/// error. Requires at least one scale.
void fit_polling(std::vector<PollingScale>& scales, ReplayCache& replays);

}  // namespace ringtrue
