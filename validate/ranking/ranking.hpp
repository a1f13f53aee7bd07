#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/json.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {

/// One algorithm's time for a question, or a training step's, measured and as a model says.
struct AlgorithmTime {
  Experiment experiment;
  bool scored = false;  ///< Else measured and shown only.
  Seconds measured{};   ///< Median over launches.
  Interval interval_s;  ///< 95 % interval of that.
  double ratio = 1;     ///< simulated / measured, launch by launch in the same machine state, median.
  int launches = 0;

  Seconds simulated() const { return measured * ratio; }
};

/// The algorithms that answer one question: a collective of some bytes, type and placement on some ranks of a system.
struct Ranking {
  std::string model;
  std::string system_id;
  std::vector<AlgorithmTime> times;  ///< Fastest measured first; at least one.
  std::size_t choice = 0;            ///< The one the model says is fastest, as an index into times.
  /// True if the model does not choose the fastest, and the measurement can tell: both were measured in enough launches
  /// and their intervals do not overlap.
  bool flips = false;

  /// What following the model costs: measured time of its choice / time of the fastest, less 1.
  double loss() const { return times[choice].measured / times.front().measured - 1; }
};

/// How a model does on one collective with one algorithm on one system and scale, all sizes.
struct AlgorithmError {
  std::string model, system_id;
  Collective collective{};
  Algorithm algorithm{};
  int ranks = 0;
  std::size_t rows = 0;
  double log_error = 0, bias = 0;
};

struct Campaign;
struct MeasuredSeries;
struct Predicted;
struct Predictor;

/// What a model says about a measured row, launch by launch.
AlgorithmTime time_of(const MeasuredSeries& series, const Predicted& prediction);
/// Sorts `times`, then sets `choice` and `flips`. Requires at least one time.
void rank(Ranking& ranking, int least_launches);

/// `least_launches`: as many as a verdict needs. Of all models that predict more than one of our algorithms for
/// something measured on the test bed. Measured rows that were not verified are left out.
std::vector<Ranking> rank_algorithms(const Campaign& campaign, const std::map<std::string, Predictor>& models,
                                     int least_launches);

/// From the same rows, scored and shown alike, in a stable order.
std::vector<AlgorithmError> algorithm_errors(const std::vector<Ranking>& rankings);

Json to_json(const Ranking& ranking);
/// As written into a comparison; all times are of collectives, or all of training. Strict. Throws Error.
Ranking parse_ranking(const Json& json, const std::string& where);

}  // namespace ringtrue
