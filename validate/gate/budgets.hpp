#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "experiment/json.hpp"
#include "experiment/regime.hpp"

namespace ringtrue {

/// How far a model may be from the measurement at one scale, all collectives or all training steps together. A budget
/// of training is decided where training steps were measured and says nothing elsewhere: few campaigns have them.
struct Budget {
  std::string model;
  std::string testbed;  ///< First part of the system ids it is about.
  int ranks = 0;
  double log_error = 0;         ///< 0.15 for 15 %.
  Regime regime = Regime::all;  ///< `all` or `training`.
};

/// What was declared before the campaign: budgets and how they are decided. ci/budgets.json is one.
/// A verdict on collectives needs `least_rows` rows, as one message size says little of the others. A training step
/// takes seconds, so there are few of them, at one rank just one: `least_training_rows` do. Such a verdict is about
/// those very steps; its interval comes from the launches all the same.
struct Budgets {
  std::string name;
  std::string hash;  ///< content_hash of the file.
  std::uint64_t seed = 1;
  int least_launches = 6;
  int least_rows = 4;
  int least_training_rows = 1;
  double geomean_epsilon = 0.001;
  std::vector<Budget> budgets;
};

/// Strict. Throws Error.
Budgets parse_budgets(const std::string& text, const std::string& where);
Budgets read_budgets(const std::filesystem::path& path);

/// Whether the budget is about this system: its id begins with the test bed and a dot.
bool covers(const Budget& budget, const std::string& system_id);

}  // namespace ringtrue
