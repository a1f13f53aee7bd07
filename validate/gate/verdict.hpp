#pragma once

#include <vector>

#include "validate/comparison.hpp"
#include "validate/gate/budgets.hpp"

namespace ringtrue {

/// Decides every budget on every measured system it covers, from `aggregates`, `unpaired` and `measured` of the
/// comparison. A budget that covers nothing measured fails.
std::vector<Verdict> decide(const Budgets& budgets, const Comparison& comparison);

}  // namespace ringtrue
