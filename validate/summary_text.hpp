#pragma once

#include <string>

#include "validate/comparison.hpp"

namespace ringtrue {

/// What ringtrue-validate prints: one line per verdict, unpaired row, lint and warning.
std::string summary_text(const Comparison& comparison);

}  // namespace ringtrue
