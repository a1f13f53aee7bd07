#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "validate/comparison.hpp"
#include "validate/join/models.hpp"

namespace ringtrue {

/// Errors that hint at a slip of units: a bias near -6.9 % or +7.4 % (GB against GiB), a factor 2 or 1000, with little
/// scatter.
std::vector<Lint> lint_units(std::span<const Pair> pairs);

/// Series, measured or predicted, whose time falls by more than a fifth while the bytes grow fourfold or more.
std::vector<Lint> lint_growth(std::span<const MeasuredRow> measured, const std::map<std::string, Predictor>& models);

/// Training steps, measured or predicted, that take less than four fifths of the time with twice the batch or more.
std::vector<Lint> lint_batches(std::span<const MeasuredRow> measured, const std::map<std::string, Predictor>& models);

/// Models that predict exactly the same time for the same collective at different numbers of ranks.
std::vector<Lint> lint_scales(const std::map<std::string, Predictor>& models);

}  // namespace ringtrue
