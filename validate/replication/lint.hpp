#pragma once

#include <vector>

#include "validate/comparison.hpp"

namespace ringtrue {

/// What is wrong with published runs, found in the runs themselves and told with their numbers: unit-slip,
/// more-traces-than-npus, mixed-bandwidth, no-overlap, duplicate, not-a-run; and not-reproduced, which is wrong with
/// ours. Each is about the replication by name. Pure.
std::vector<Lint> lint_replication(const Replication& replication);

}  // namespace ringtrue
