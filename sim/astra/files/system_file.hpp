#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/astra/configuration.hpp"

namespace ringtrue::astra {

struct SystemFile {
  SystemLayer system{};
  bool tracks_local_memory = false;  ///< ASTRA-sim then ends silently on traces without tensor lists.
  std::vector<std::string> warnings;
};

/// ASTRA-sim's system json. Keys that ASTRA-sim ignores give a warning, unknown ones and what we do not model an Error.
SystemFile parse_system(std::string_view json, const std::string& where);
SystemFile read_system_file(const std::filesystem::path& path);

}  // namespace ringtrue::astra
