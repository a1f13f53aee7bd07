#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/record/phases.hpp"
#include "experiment/record/stationarity.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {

/// `calibrate`: the simulator may be fitted on it; `score`: judged against it, never fitted; `show`: measured and
/// shown, never scored.
enum class Purpose { calibrate, score, show };
/// How one iteration's time was taken: `makespan`, first start to last end on one common clock; `local_max`, the
/// longest of the ranks' own times, where no common clock exists; `mean_of_ranks`, the mean of the ranks' own times, of
/// which only the mean over iterations is known (nccl-tests prints that).
enum class Clock { makespan, local_max, mean_of_ranks };
enum class HowRead { tabulated, digitised, scalar_only, not_reproducible };

/// Core-to-core latency (half a round trip of 8 bytes) just before and just after a row; see machine_state.hpp.
struct Canary {
  Seconds before{}, after{};
};

/// The iterations before those that count; `steady` if the times had stopped changing when they ended.
struct WarmUp {
  int iterations = 0;
  bool steady = false;
};

/// Where the wall time of a row went, as rank 0 saw it. The rest of `row`: allocating, writing the buffers afresh,
/// waiting for each other, checking the result, canaries.
struct WallTime {
  Seconds row{}, warm_up{}, timed{};

  WallTime& operator+=(const WallTime& more) {
    row += more.row;
    warm_up += more.warm_up;
    timed += more.timed;
    return *this;
  }
  /// Share of `row` that went to neither warm-up nor timed iterations.
  double overhead() const { return row.count() > 0 ? 1 - (warm_up + timed) / row : 0; }
};

/// From here on little of a row's wall time should go to anything but its iterations; launch and report say how much
/// does.
inline constexpr Bytes least_large_message = 128_KiB;

/// One row of one launch. `time` summarises the iterations, each timed by `clock`.
struct Measurement {
  Purpose purpose = Purpose::score;
  Summary time;
  Clock clock = Clock::makespan;
  Seconds local_max_median{};    ///< Median over iterations of the longest rank-local time; 0 under `mean_of_ranks`.
  std::vector<Seconds> samples;  ///< One per kept iteration; may be empty for recorded campaigns.
  std::optional<Canary> canary;  ///< Nothing under `mean_of_ranks`: the machine's state is unknown.
  bool verified = false;         ///< The result was compared with the closed form before timing.
  bool oversubscribed = false;   ///< More ranks than cores.
  // What records of older programs do not say:
  std::optional<WarmUp> warm_up;
  std::optional<Stationarity> stationarity;  ///< Of `samples`; nothing if they were too few to judge.
  std::optional<std::size_t> outliers;       ///< Of `samples`, kept.
  std::optional<int> late_starts;  ///< Iterations that some rank began too late; nothing if a barrier began them.
  std::optional<WallTime> wall;
  Phases phases{};               ///< Of training.
  std::vector<double> losses{};  ///< Mean over ranks before each kept step; one per sample, of training only.
};

/// One prediction. `state` names the machine state it stands for, empty if it holds in any.
struct Simulation {
  Seconds time{};
  std::vector<Seconds> replicates;  ///< The same, from calibrations refitted on resampled launches; may be empty.
  std::string state;
  bool extrapolated = false;  ///< Outside the range that the platform was fitted on.
  std::string fold{};         ///< Of a cross-validation: which rows the platform was not fitted on for this one.
  Phases phases{};            ///< Of training.
};

/// One number somebody else measured or simulated.
struct Publication {
  Seconds time{};
  Seconds sigma{};
  HowRead how_read = HowRead::tabulated;
  std::string as_printed;
  std::string chosen{};  ///< What the library took of its own accord, by the source's own log: `ring/simple`; or empty.
};

using Result = std::variant<Measurement, Simulation, Publication>;

/// One JSON object a line: what was asked, where, by whom, and the time. `source` is the tool, the model, or the paper.
struct Record {
  Experiment experiment;
  std::string system_id;
  std::string source;
  std::string campaign;
  int launch = 0;
  Result result;
};

/// (origin, source, experiment_key, system_id, state and fold, campaign, launch): equal ids are the same row.
std::string record_id(const Record& record);

/// The value that is compared: the median of a measurement, the value of a simulation or publication.
Seconds time_of(const Record& record);

Json to_json(const Record& record);
/// Strict; `where` opens error messages. Throws Error.
Record parse_record(const Json& json, const std::string& where);

std::string_view origin_name(const Record& record);  ///< measured, simulated or published
std::string_view to_string(Purpose purpose);
std::string_view to_string(Clock clock);
std::string_view to_string(HowRead how_read);

}  // namespace ringtrue
