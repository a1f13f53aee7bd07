#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "validate/comparison.hpp"

namespace ringtrue {

/// Names of models that the report treats in a way of their own.
inline constexpr std::string_view host_model = "cluster";  ///< Judged where no budget says otherwise.
inline constexpr std::string_view gpu_model =
    "nccl by scale";  ///< Ours, for the published points: fitted at other scales.
/// Where ASTRA-sim published both: the digitised curves of an HGX-H100.
inline constexpr std::string_view gpu_system = "hgx-h100.h1.nvswitch";
inline constexpr std::string_view astra_model = "astra-sim-published";  ///< ASTRA-sim's own published predictions.
inline constexpr std::string_view bound_model = "bandwidth_bound";      ///< A lower bound of the time, no prediction.
inline constexpr std::string_view astra_scalar = "astra_sim_geomean_error";

/// What one budget, or without budgets the report, judges at one scale; either may be missing.
struct Judged {
  const Verdict* verdict = nullptr;
  const Aggregate* aggregate = nullptr;
};

using Aggregates = std::vector<const Aggregate*>;
using Pairs = std::vector<const Pair*>;

/// Rank counts of scored measurements, aggregates, verdicts and published pairs, ascending; not those of training.
std::vector<int> scales(const Comparison& comparison);

/// The first verdict's model; without verdicts `cluster`, or else the first model with measured aggregates; may be
/// empty.
std::string judged_model(const Comparison& comparison);

/// Against measurements, one for each system.
std::vector<Judged> judged_at(const Comparison& comparison, int ranks);
/// The aggregates of judged_at over all scales.
Aggregates judged_aggregates(const Comparison& comparison);

/// Over all regimes, against the digitised curves.
Aggregates our_published_aggregates(const Comparison& comparison, int ranks);
Aggregates astra_aggregates(const Comparison& comparison, int ranks);
std::vector<const PublishedScalar*> astra_scalars(const Comparison& comparison, int ranks);

/// The rows behind an aggregate over all regimes or of training.
Pairs pairs_of(const Comparison& comparison, const Aggregate& aggregate);

/// Signed relative error of a pair.
double error_of(const Pair& pair);

/// Models of all pairs and aggregates, sorted.
std::vector<std::string> models(const Comparison& comparison);
std::vector<std::string> measured_systems(const Comparison& comparison);  ///< Sorted.

/// Measured rows that are scored collectives.
std::vector<const MeasuredRow*> scored_rows(const Comparison& comparison);
/// Measured rows that are scored training steps.
std::vector<const MeasuredRow*> scored_steps(const Comparison& comparison);
std::vector<const MeasuredRow*> scored_rows_and_steps(const Comparison& comparison);

/// What a verdict was decided on; nullptr if nothing was paired.
const Aggregate* judged_aggregate(const Comparison& comparison, const Verdict& verdict);

/// Whether a model chooses the fastest: `yes`, `NO`, `cannot tell`, or `-` where there is no choice.
std::string agreement_of(const Ranking& ranking);

}  // namespace ringtrue
