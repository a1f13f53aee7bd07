#pragma once

#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "experiment/record/record_file.hpp"
#include "sim/platform.hpp"

namespace ringtrue {

/// One calibration subject over all launches.
struct CalibrationRow {
  struct Sample {
    int launch = 0;
    std::string state;  ///< fast, slow, mixed
    Seconds time{};
    Seconds own{};    ///< The longest of the ranks' own times.
    Phases phases{};  ///< Of a layer profile.
  };
  Experiment experiment;
  std::string system_id;
  std::vector<Sample> samples;
  double turns = 0;  ///< Turns (or latencies) an exchange takes when messages cost nothing; from replaying it.
  double read = 0;   ///< How much of what an exchange receives into, 0 to 1, other cores have read.
};

/// The calibration records of one campaign, ready to be fitted again and again. Only ping-pong, exchange, local records
/// and layer profiles enter: a collective is never used to predict a collective, nor a training step a training step.
struct Calibration {
  std::vector<CalibrationRow> rows;
  std::map<std::string, Bytes> eager_limits;  ///< Per system_id.
  std::map<std::string, Bytes> link_bursts;   ///< Per system_id: what a link lets through at once after a pause.
  std::map<int, std::vector<int>> launches;   ///< Per number of ranks, ascending.
  std::vector<std::string> record_ids;
  double state_threshold_s = 0;
};

/// Throws Error if the files hold no calibration record or mix campaigns or test beds.
Calibration collect_calibration(std::span<const RecordFile> measured);

/// Launches to fit on, per number of ranks; a launch may be named several times (resampling). Ranks that are not named
/// use all their launches once.
using LaunchDraw = std::map<int, std::vector<int>>;

/// What a fit leaves for the next ones of the same calibration: on other launches, without a mechanism.
struct ReplayCache {
  /// Replays of calibration subjects, of which refits ask for most again. Key: system, machine state and mechanism left
  /// out; experiment; parameters in steps.
  std::map<std::tuple<std::string, std::string, std::array<int, 4>>, Seconds> times;
  std::map<std::string, std::vector<int>> minima;  ///< Where the first fit of a state and its scales ended, in steps.
};

/// The systems that were calibrated, by system_id.
std::set<std::string> systems_of(const Calibration& calibration);

/// For each system: the cluster, the textbook ring (from ping-pong at the fewest ranks), ASTRA-sim's view of each
/// number of ranks, and the bandwidth bound; of those, what its records suffice for. Throws Error naming what is
/// missing.
std::vector<Platform> fit(const Calibration& calibration, const LaunchDraw& draw = {}, ReplayCache* replays = nullptr);

/// `count` draws of as many launches as there are, with replacement. Same seed, same draws, with every standard
/// library.
std::vector<LaunchDraw> draw_launches(const Calibration& calibration, int count, std::uint64_t seed);

}  // namespace ringtrue
