#include "bench/rows_to_do.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/record/record_file.hpp"

namespace ringtrue {
namespace {

/// Ids of the rows that the file already holds, on rank 0. Throws Error if it may not be continued.
std::set<std::string> rows_done(const std::string& out) {
  std::set<std::string> done;
  std::error_code missing;
  if (std::filesystem::file_size(out, missing) == 0 || missing) return done;
  const RecordFile file = read_record_file(out);
  for (const std::string& warning : file.warnings) fmt::print(stderr, "ringtrue-bench: {}\n", warning);
  for (const Record& record : file.records) done.insert(record_id(record));
  return done;
}

}  // namespace

std::vector<SuiteRow> rows_to_do(const std::vector<SuiteRow>& rows, Record like, const MeasureOptions& options,
                                 const mpi::Communicator& world) {
  std::vector<char> skip(rows.size(), 0);
  if (world.rank() == 0) {
    const std::set<std::string> done = rows_done(options.out);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      like.experiment = rows[i].experiment;
      skip[i] = done.contains(record_id(like)) ? 1 : 0;
    }
    if (!options.resume && std::ranges::find(skip, 1) != skip.end())
      throw Error(
          fmt::format("{} already holds rows of campaign '{}', launch {}, {} ranks; add --resume to measure only "
                      "what is missing, or name another --out, --campaign or --launch",
                      options.out, like.campaign, like.launch, world.size()));
  }
  mpi::broadcast(skip, world);
  std::vector<SuiteRow> left;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (skip[i] == 0) left.push_back(rows[i]);
  return left;
}

std::vector<SuiteRow> runnable(const std::vector<SuiteRow>& rows, const Communicators& comms) {
  std::vector<SuiteRow> left;
  for (const SuiteRow& row : rows) {
    const CollectiveRun* run = as_collective(row.experiment);
    if (run == nullptr || run->algorithm != Algorithm::library_ring || comms.library_ring != nullptr)
      left.push_back(row);
  }
  if (left.size() < rows.size() && comms.world.rank() == 0)
    fmt::print(stderr,
               "ringtrue-bench: {} library_ring rows are left out: this MPI library does not let us choose its ring\n",
               rows.size() - left.size());
  return left;
}

}  // namespace ringtrue
