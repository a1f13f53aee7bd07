#pragma once

#include <span>
#include <vector>

#include "validate/join/join.hpp"

namespace ringtrue {

/// Per model, system, kind of reference, ranks and regime that has rows; in that order.
std::vector<Aggregate> aggregate(std::span<const JoinedRow> rows, double geomean_epsilon);

}  // namespace ringtrue
