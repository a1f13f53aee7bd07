#pragma once

#include <string>

#include "validate/comparison.hpp"

namespace ringtrue {

/// A ring All-Reduce of float32, in place, in segments of 64 KiB.
Experiment ring_experiment(Bytes bytes, int ranks);

/// Two scales with measurements, a third that only a budget names, two published points: something for every section.
/// Model `cluster` is 1.1 and 1.21 times the measurement at two ranks, 0.8 times at four.
Comparison small_comparison();

}  // namespace ringtrue
