#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiment/record/record_file.hpp"
#include "experiment/system.hpp"

namespace ringtrue {

/// What the logs do not say, or are to be overruled in.
struct NcclTestsOptions {
  std::string testbed = "gpu";
  std::string fabric = "unknown";
  std::string campaign = "imported";
  std::optional<LaunchMode> launch{};      ///< Empty: from processes and settings.
  std::optional<Collective> collective{};  ///< For logs that do not name theirs; an error if they name another.
  std::optional<Algorithm> algorithm{};  ///< Empty: what NCCL_ALGO forces, as far as the log tells, else the library's.
  std::optional<Protocol> protocol{};    ///< Empty: what NCCL_PROTO forces, as far as the log tells.
};

struct NamedText {
  std::string name, text;
};

struct ImportedRecords {
  RecordFile file;
  std::vector<std::string> warnings;
  std::size_t unverified = 0;  ///< Records to be scored whose results were not compared, or were wrong.
  std::size_t shown = 0;       ///< Records of what nccl-tests never checks.
  std::size_t wrong = 0;       ///< Records whose results were wrong.
};

/// Measured records of the text or JSON output of nccl-tests. Each log is a launch of the campaign, from 0 in the order
/// given. Throws Error with file and line.
ImportedRecords import_nccl_tests(std::span<const NamedText> logs, const NcclTestsOptions& options);

}  // namespace ringtrue
