#pragma once

#include <string>
#include <vector>

#include "sim/published/reference.hpp"

namespace ringtrue {

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
