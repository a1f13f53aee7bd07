#pragma once

#include <string>
#include <vector>

namespace ringtrue {

/// `import nccl-tests` as it was typed; empty words were not.
struct NcclTestsCommand {
  std::vector<std::string> files{};
  std::string out{};
  std::string testbed = "gpu";
  std::string fabric = "unknown";
  std::string campaign = "imported";
  std::string launch_mode{}, collective{}, algorithm{}, protocol{};
};

/// `import published` as it was typed.
struct PublishedCommand {
  std::string file, out;
};

/// Reads the logs, writes the records, says on standard error what was left out or not verified. The exit code: 3 if a
/// result was wrong, after writing. Throws Error.
int run_import(const NcclTestsCommand& command);
int run_import(const PublishedCommand& command);

}  // namespace ringtrue
