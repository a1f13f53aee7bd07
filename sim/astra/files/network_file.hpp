#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/astra/configuration.hpp"

namespace ringtrue::astra {

/// ASTRA-sim's network yml: topology, npus_count, bandwidth (read as GiB/s) and latency (ns), lists of equal length.
/// Strict: other keys are refused. Throws Error.
Network parse_network(std::string_view yml, const std::string& where);
Network read_network_file(const std::filesystem::path& path);

}  // namespace ringtrue::astra
