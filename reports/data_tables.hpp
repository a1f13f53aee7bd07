#pragma once

#include "reports/table.hpp"
#include "validate/comparison.hpp"

namespace ringtrue {

/// Everything a plot needs, for other programs: SI units, names with units, numbers unrounded, unknown cells empty.
Table pair_table(const Comparison& comparison);      ///< One row a pair.
Table measured_table(const Comparison& comparison);  ///< One row a measured experiment.

}  // namespace ringtrue
