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

/// A published run of a simulator, run again; or, without anything printed, the run that should have been.
struct ReplicatedRun {
  std::string name;
  std::string printed_in;  ///< The report of the source that printed it.
  std::string what;        ///< The workload.
  std::int64_t npus = 0;
  std::int64_t traces = 0;  ///< Files there were, one a rank.
  double bandwidth_gib_per_s = 0;
  std::string order;                    ///< serial_chain, data_parallel; empty for a single collective.
  bool cycles_as_microseconds = false;  ///< Compute was read in the wrong unit, x1000.
  std::string note;                     ///< What the report itself says of it.
  RunCycles printed{};
  bool printed_failure = false;
  RunCycles result{};
  std::string error{};  ///< Instead of a result.
};

/// What was counted as a run and is none.
struct NotARun {
  std::string name, printed_in, why;
};

struct Replication {
  std::string name, source;
  std::vector<ReplicatedRun> runs;
  std::vector<NotARun> not_runs;
  std::string corrected;                   ///< What the corrections do better.
  std::vector<ReplicatedRun> corrections;  ///< What should have been run.
};

Replicated judge(const ReplicatedRun& run);
std::string_view to_string(Replicated replicated);

/// Share of the time in which communication is exposed, 0 to 1.
double overhead(const RunCycles& cycles);
/// The same with compute in its own unit, which `cycles_as_microseconds` made a thousand times too long. Of a serial
/// chain, where what is exposed does not depend on compute.
double overhead_in_own_unit(const ReplicatedRun& run);

/// The correction with as many NPUs, of the same workload in this order, that gave a result; or nothing.
const ReplicatedRun* correction_of(const Replication& replication, const std::string& what, std::int64_t npus,
                                   std::string_view order);

/// 57426 reads 57,426; nothing reads -.
std::string cycles_text(const std::optional<std::uint64_t>& cycles);

/// What `ringtrue-sim replicate` wrote.
struct ReplicationFile {
  std::string name, hash;
  Replication replication;
};

/// Strict. Throws Error.
ReplicationFile read_replication(const std::filesystem::path& path);

Json to_json(const Replication& replication);
/// Strict. Throws Error.
Replication parse_replication(const Json& json, const std::string& where);

}  // namespace ringtrue
