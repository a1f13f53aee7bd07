#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "experiment/record/record_file.hpp"
#include "sim/platform.hpp"

namespace ringtrue::simgrid {

/// Seconds that a piece of work takes on a real clock.
using Stopwatch = std::function<Seconds(const std::function<void()>&)>;

/// What simulating a row takes, by SMPI and by our cluster model (one machine state).
struct RowSpeed {
  std::string key;
  int ranks = 1;
  Seconds external{}, own{};
};

struct Collected {
  RecordFile file;
  std::vector<RowSpeed> rows;  ///< As the records.
};

/// Reads what smpirun left below `runs` (results.jsonl and total_s of each run) and makes the records of model `source`
/// of it. Their context names what SMPI was fitted on and says in `speed`, per number of ranks, how long SMPI took for
/// the rows and for starting up, and how long the cluster models of `platforms` take for the same rows. Throws Error if
/// a result is missing or is another row's.
Collected collect_records(const std::filesystem::path& runs, const std::vector<PlatformFile>& platforms,
                          const std::string& source, const Stopwatch& stopwatch);

/// The rows with both times, one a line, then the sums.
std::string speed_text(const Collected& collected);

/// The median of at least three runs, and of as many as fit into 20 ms.
Seconds median_time(const std::function<void()>& work);

}  // namespace ringtrue::simgrid
