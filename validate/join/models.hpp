#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "experiment/record/published_file.hpp"
#include "experiment/record/record_file.hpp"
#include "validate/statistics/resampling.hpp"

namespace ringtrue {

/// A prediction that holds in one machine state; empty: in any.
struct PredictedInState {
  std::string state;
  double log_time = 0;
  std::vector<double> log_replicates;  ///< From calibrations refitted on the draws; may be empty.
  Phases phases{};                     ///< Of training.
};

/// What one model says about one experiment on one system.
struct Predicted {
  Experiment experiment;
  std::string system_id;
  std::vector<PredictedInState> states;  ///< At least one.
  bool extrapolated = false;
  double relative_sigma = 0;  ///< Of reading it from a publication.
};

/// ln of the predicted seconds in a machine state, of draw `replicate` if given and known. The prediction of that
/// state; without one, the prediction for any state; without that, the geometric mean of all states.
double log_time(const Predicted& prediction, const std::string& state, std::optional<std::size_t> replicate);

/// The phases of log_time's prediction; of all states, where it takes those, each phase's mean.
Phases phases_in(const Predicted& prediction, const std::string& state);

/// Key and system of an experiment.
using Place = std::pair<std::string, std::string>;

/// Of a cross-validation: what a fit without some rows says of them.
struct FoldPredictions {
  std::set<std::string> fitted_on;  ///< record_ids.
  std::map<Place, Predicted> predictions;
};

struct Predictor {
  std::string name;
  bool published = false;      ///< Its predictions are numbers somebody else printed.
  std::vector<Json> contexts;  ///< One per file.
  /// Per system and number of ranks: the launches its replicates were fitted on.
  std::map<std::pair<std::string, int>, std::vector<Draw>> draws;
  std::map<Place, Predicted> predictions;
  std::map<std::string, FoldPredictions> folds;  ///< By name; they predict published rows only.
  std::set<std::string> fitted_on;               ///< record_ids that `predictions` may not be scored on.

  const Predicted* find(const Experiment& experiment, const std::string& system_id) const;
  bool knows(const std::string& system_id, bool training) const;  ///< Predicts any training step, or other, there.
};

/// As Comparison::model_contexts wants it: the context of the first file, those of more files under `also`.
Json model_context(const Predictor& model);

/// The models of simulated files and of published predictions, by name. Throws Error on records of another origin or
/// that stand twice, and on a model that comes both simulated and published.
std::map<std::string, Predictor> gather_models(std::span<const RecordFile> simulated,
                                               std::span<const PublishedFile> published);

/// Hold-out: throws Error if a scored row of `measured` stands in `fitted_on` of a simulated file.
void refuse_fitted_rows(std::span<const RecordFile> measured, std::span<const RecordFile> simulated);

}  // namespace ringtrue
