#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/record/record_file.hpp"
#include "sim/nccl/fit.hpp"
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

/// How the rows are parted that are predicted by a fit on the others: those of one number of GPUs (among those of the
/// same system), of one source, or every second power of two of the message.
enum class Fold { scale, source, size };
Fold parse_fold(const std::string& name);

/// For each fold, the platforms of kind nccl fitted on the references outside of it, and their predictions inside.
/// Model names say how: "nccl by size". Throws Error if no platform could be fitted.
RecordFile crossvalidate(const std::vector<Reference>& references, const std::vector<PlatformFile>& files, Fold by);

/// The platforms of the file, those of kind nccl fitted on the references they stand for; of these, if `even_sizes`,
/// only on messages of an even power of two, so that the others stay to be compared with.
std::vector<Platform> fit_platforms(const PlatformFile& file, const std::vector<Reference>& references,
                                    bool even_sizes);

}  // namespace ringtrue
