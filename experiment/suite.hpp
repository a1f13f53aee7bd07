#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/record/record.hpp"
#include "experiment/training/training_entry.hpp"

namespace ringtrue {

/// How long a row is measured: until the interval of the median is narrower than `precision` of it, within these
/// bounds.
struct RowBudget {
  Seconds min_time{0.02};
  Seconds max_time{0.2};  ///< Of the iterations and of what refreshes the subject before each.
  int min_iterations = 8;
  int max_iterations = 1000;
  int max_warm_up = 400;    ///< Iterations before those that count, at most.
  double precision = 0.02;  ///< Half width of the 95 % interval of the median over the median.
};

struct SuiteRow {
  Purpose purpose = Purpose::score;
  Experiment experiment;
  RowBudget budget;
};

/// What a person asked for, expanded. Rows stand in a stable order: ranks as listed; calibrate, score, show; entries as
/// listed; within an entry lists vary slowest first in the order bytes, dtype, in_place, stride.
struct Suite {
  std::string name;
  std::string hash;  ///< content_hash of the file and of its models' files.
  std::vector<int> ranks;
  std::map<int, int> launches;  ///< What the campaign driver starts, per number of ranks.
  std::vector<SuiteRow> rows;
  Models models;  ///< That it trains.
};

struct PlannedLaunch {
  int launch = 0;
  int ranks = 0;
  bool operator==(const PlannedLaunch&) const = default;
};

/// Reads JSON such as experiment/suites/default.json; experiment/suites/README.md explains the keys. Throws Error.
Suite read_suite(const std::filesystem::path& path);
Suite parse_suite(const std::string& text, const std::string& where);

/// The rows of one launch, in an order shuffled from (`suite.name`, `ranks`, `launch`), so that calibration and scored
/// rows interleave and no row always follows the same neighbour. Throws Error if the suite has nothing for `ranks`.
std::vector<SuiteRow> rows_of_launch(const Suite& suite, int ranks, int launch);

/// The launches of a campaign: every number of ranks once, then again, each time in an order shuffled from
/// (`suite.name`, the number of the launch). `launches`: of each number of ranks, instead of the suite's; 0: the
/// suite's.
std::vector<PlannedLaunch> plan_of(const Suite& suite, int launches = 0);

}  // namespace ringtrue
