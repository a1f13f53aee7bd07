#pragma once

#include "reports/section/findings.hpp"

namespace ringtrue {

/// What the numbers cannot carry, derived from what is missing, oversubscribed, extrapolated or read off a figure.
Findings limitations_of(const Comparison& comparison);

}  // namespace ringtrue
