#include "reports/section/findings.hpp"

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/section/training/steps.hpp"

namespace ringtrue {
namespace {

Findings step_errors(const Comparison& comparison) {
  Findings found;
  for (const Aggregate& a : comparison.aggregates)
    if (a.regime == Regime::training && !a.published)
      found.push_back(
          {"training-error",
           fmt::format("Training at {} on {}: the log error of {} over {} is {} (bias {}, noise floor {}).",
                       format_scale(a.ranks), a.system_id, a.model, count_of(a.rows, "step time"),
                       format_percent(a.log_error), format_signed_percent(a.bias), format_percent(a.noise_floor))});
  return found;
}

Findings training_flips(const Comparison& comparison) {
  Findings found;
  for (const TrainingRanking& r : comparison.training_rankings) {
    if (!r.ranking.flips) continue;
    const Experiment& e = r.ranking.times.front().experiment;
    found.push_back(
        {"training-flip",
         fmt::format("Training {} at {} on {}: of the {} measured, {} is fastest; {} would choose {}, "
                     "which takes {} more.",
                     as_training(e)->model, format_scale(e.ranks), r.ranking.system_id, to_string(r.question),
                     answer_of(r.ranking.times.front(), r.question), r.ranking.model,
                     answer_of(r.ranking.times[r.ranking.choice], r.question), format_percent(r.ranking.loss()))});
  }
  return found;
}

}  // namespace

Findings training_findings(const Comparison& comparison) {
  Findings found = step_errors(comparison);
  for (const Finding& flip : training_flips(comparison)) found.push_back(flip);
  return found;
}

}  // namespace ringtrue
