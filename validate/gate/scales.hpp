#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "validate/comparison.hpp"
#include "validate/gate/budgets.hpp"

namespace ringtrue {

/// A number of ranks on a test bed.
struct TestbedScale {
  std::string testbed;
  int ranks = 0;
  auto operator<=>(const TestbedScale&) const = default;
};
using TestbedScales = std::set<TestbedScale>;

/// Reads what `--scales` takes, a word for each test bed: `host=2,4,8`. Throws Error.
TestbedScales parse_scales(std::span<const std::string> words);

/// Drops the budgets of training at scales where no training step was scored.
void drop_unmeasured_training(const std::vector<MeasuredRow>& measured, std::vector<Budget>& budgets);

/// Moves the budgets that are not to be decided out of `budgets`: those of scales that were neither asked for nor
/// measured, and those of collectives on a test bed that measured training steps alone. What was measured is always
/// judged. Throws Error on a scale that was asked for, of which there is neither
/// a budget nor a measurement.
std::vector<Budget> take_undecided(const TestbedScales& asked, const std::vector<MeasuredRow>& measured,
                                   std::vector<Budget>& budgets);

}  // namespace ringtrue
