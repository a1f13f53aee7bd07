#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiment/record/record_file.hpp"
#include "sim/platform.hpp"

namespace ringtrue {

/// A time that a platform may be fitted on or is compared with.
struct Reference {
  Record record;
  std::string source;  ///< Of its file: all rows of one source stand or fall together.
};

/// Published references (.json) or imported measurements (.jsonl). Files of published predictions hold none. Throws
/// Error, also if the files hold no reference at all.
std::vector<Reference> read_references(const std::vector<std::string>& paths);

/// Each reference as each platform predicts it, less those that the platform was fitted on.
RecordFile simulate_references(const std::vector<Reference>& references, const std::vector<PlatformFile>& files);

/// Why references are not predicted by a platform of kind nccl, and how many: it does not cover them, or, if there is
/// such a platform at all, none stands for their system.
std::map<std::string, int> refusals(const std::vector<Reference>& references, const std::vector<PlatformFile>& files);

bool is_nccl(const Platform& platform);

/// The call with what the source's log shows that the library chose, `ring/simple`, as if it were forced; as it is
/// where `chosen` is empty. Throws Error, opened by `where`.
nccl::Call known_call(nccl::Call call, const std::string& chosen, const std::string& where);

/// Rows of several sources or repetitions may ask the same; the answer stands once.
void keep_first(std::vector<Record>& records);

}  // namespace ringtrue
