#pragma once

#include <filesystem>
#include <string>

namespace ringtrue::astra {

/// Runs the published experiments of a file of replications/ and returns the same list with results: JSON text for
/// ringtrue-validate. A run that fails keeps its error as the result, as failing may be what was published. What was
/// printed is only passed on. Throws Error on a malformed file.
std::string replicate(const std::filesystem::path& path);

}  // namespace ringtrue::astra
