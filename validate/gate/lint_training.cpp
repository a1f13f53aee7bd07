#include <cmath>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "validate/gate/lint.hpp"

namespace ringtrue {
namespace {

constexpr double least_time_share = 0.8;
constexpr int least_batch_growth = 2;

using BatchCurve = std::map<int, double>;  ///< Batch to seconds of a step.
using BatchCurves = std::map<std::string, BatchCurve>;

void add(const std::string& who, const Experiment& experiment, const std::string& system_id, double time_s,
         BatchCurves& curves) {
  Experiment any_batch = experiment;
  auto& step = std::get<TrainingStep>(any_batch.workload);
  const int batch = step.batch;
  step.batch = 0;
  curves[fmt::format("{}, {} on {}", who, experiment_key(any_batch), system_id)][batch] = time_s;
}

void add_predicted(const std::string& name, const Predicted& p, BatchCurves& curves) {
  if (as_training(p.experiment) == nullptr) return;
  for (const PredictedInState& state : p.states)
    add(state.state.empty() ? name : name + " " + state.state, p.experiment, p.system_id, std::exp(state.log_time),
        curves);
}

BatchCurves batch_curves_of(std::span<const MeasuredRow> measured, const std::map<std::string, Predictor>& models) {
  BatchCurves curves;
  for (const MeasuredRow& row : measured)
    if (as_training(row.experiment) != nullptr)
      add("measured", row.experiment, row.system_id, row.median.count(), curves);
  for (const auto& [name, model] : models)
    for (const auto& [place, prediction] : model.predictions) add_predicted(name, prediction, curves);
  return curves;
}

/// Of each curve the first.
void add_shrinking(const std::string& name, const BatchCurve& curve, std::vector<Lint>& lints) {
  for (const auto& [small, early] : curve)
    for (auto it = curve.lower_bound(small * least_batch_growth); it != curve.end(); ++it) {
      if (it->second >= least_time_share * early) continue;
      lints.push_back({.rule = "shrinks-with-batch",
                       .what = fmt::format("{}: a step of batch {} takes {:.3g} s, of batch {} only {:.3g} s; the "
                                           "machine's state changed, or the batch is not what it says",
                                           name, small, early, it->first, it->second)});
      return;
    }
}

}  // namespace

std::vector<Lint> lint_batches(std::span<const MeasuredRow> measured, const std::map<std::string, Predictor>& models) {
  std::vector<Lint> lints;
  for (const auto& [name, curve] : batch_curves_of(measured, models)) add_shrinking(name, curve, lints);
  return lints;
}

}  // namespace ringtrue
