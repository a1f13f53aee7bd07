#pragma once

#include "reports/table.hpp"
#include "validate/comparison.hpp"

namespace ringtrue {

/// As data_tables.hpp: SI units, names with units, numbers unrounded, unknown cells empty.

/// One row a training step and model; one without model where none was compared with it, and one for each prediction
/// that nobody measured.
Table training_table(const Comparison& comparison);
/// One row for each phase of each row of the training table, buckets and all.
Table phase_table(const Comparison& comparison);

}  // namespace ringtrue
