#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/priced_row.hpp"
#include "experiment/suite.hpp"
#include "sim/simgrid/network.hpp"

namespace ringtrue::simgrid {

/// What one smpirun simulates: the collectives of one number of ranks on one system in one machine state.
struct Run {
  std::string folder;  ///< Its name below the folder of all runs, e.g. `host.h1.c2.block.sm-p4-fast`.
  std::string state;   ///< fast, slow, or empty for any.
  Network network;
  std::vector<PricedRow> rows;
};

/// All scored and shown experiments of the suites that have a schedule of ours, on every system, number of ranks and
/// state that was calibrated. Reductions and copies cost what the cluster model makes of the local records. Throws
/// Error if nothing is left.
std::vector<Run> make_runs(const std::vector<Suite>& suites, const Calibration& calibration);

/// Writes for each run platform.xml, hostfile and rows.jsonl into a folder of `out`, and index.json for `read_index`.
/// Throws Error.
void write_runs(const std::vector<Run>& runs, const std::vector<Suite>& suites, const Calibration& calibration,
                const std::filesystem::path& out);

/// What index.json says of a run.
struct RunEntry {
  std::string folder;
  std::string system_id;
  std::string state;
  int ranks = 1;
};

struct SuiteName {
  std::string name;
  std::string hash;
};

struct Index {
  std::vector<RunEntry> runs;
  std::vector<SuiteName> suites;
  std::vector<std::string> fitted_on;  ///< record_ids
};

/// Strict. Throws Error.
Index read_index(const std::filesystem::path& out);
std::vector<PricedRow> read_priced_rows(const std::filesystem::path& file);

}  // namespace ringtrue::simgrid
