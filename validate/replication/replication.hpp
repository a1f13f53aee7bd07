#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiment/json.hpp"

namespace ringtrue {

/// Cycles of a simulator's run; what is not known is empty.
struct RunCycles {
  std::optional<std::uint64_t> total, compute, communication, exposed;
  bool operator==(const RunCycles&) const = default;
};

/// How a replicated run stands to what was printed.
enum class Replicated { exact, failed_as_printed, differs };

/// A published run of a simulator, run again.
struct ReplicatedRun {
  std::string name, what;
  std::int64_t npus = 0, traces = 0;
  double bandwidth_gib_per_s = 0;
  std::string order;                    ///< serial_chain, data_parallel; empty for a single collective.
  bool cycles_as_microseconds = false;  ///< Compute was read in the wrong unit.
  std::string why;                      ///< Of a correction: what it does better.
  RunCycles printed{};
  bool printed_failure = false;
  RunCycles result{};
  std::string error{};  ///< Instead of a result.
};

/// A flaw of the published experiments, shown with their own numbers.
struct Flaw {
  std::string rule;  ///< more-traces-than-npus, mixed-bandwidth, unit-slip, no-overlap, duplicate
  std::string what;
};

struct Replication {
  std::string name, source;
  std::vector<ReplicatedRun> runs;
  std::vector<ReplicatedRun> corrections;  ///< What should have been run.
  std::vector<Flaw> flaws;
};

Replicated judge(const ReplicatedRun& run);
std::string_view to_string(Replicated replicated);

/// Pure: the flaws follow from the runs and corrections.
std::vector<Flaw> find_flaws(const Replication& replication);

/// What `ringtrue-sim replicate` wrote, with its flaws found. Strict. Throws Error.
Replication read_replication(const std::filesystem::path& path);

Json to_json(const Replication& replication);
/// As written into a comparison. Strict. Throws Error.
Replication parse_replication(const Json& json, const std::string& where);

}  // namespace ringtrue
