#pragma once

#include <optional>
#include <vector>

#include "experiment/record/published_file.hpp"
#include "experiment/record/record_file.hpp"
#include "validate/comparison.hpp"
#include "validate/gate/budgets.hpp"
#include "validate/gate/scales.hpp"

namespace ringtrue {

struct Inputs {
  std::vector<RecordFile> measured;
  std::vector<PublishedFile> published;
  std::vector<RecordFile> simulated;
  std::vector<ReplicationFile> replicated;
  std::optional<Budgets> budgets;       ///< Without them nothing is decided.
  std::optional<TestbedScales> scales;  ///< What was asked for; without it every budget is decided.
  double precision = 0;                 ///< What the campaign was to go on for; see Comparison.
};

/// Measured and simulated rows of the same experiments, joined, scored and judged. Pure. Throws Error on inputs that do
/// not belong together.
Comparison compare(const Inputs& inputs);
/// What is left when the models of an ablation are.
Comparison without_ablations(Comparison comparison);

}  // namespace ringtrue
