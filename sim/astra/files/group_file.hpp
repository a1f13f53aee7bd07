#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/astra/workload.hpp"

namespace ringtrue::astra {

/// ASTRA-sim's communicator groups: {"1": [0, 1], "2": [2, 3]}, ids from 1. The order of ranks is that of the ring.
std::vector<Group> parse_groups(std::string_view json, const std::string& where, std::int64_t npus);
std::vector<Group> read_group_file(const std::filesystem::path& path, std::int64_t npus);

}  // namespace ringtrue::astra
