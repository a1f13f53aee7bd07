#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/platform.hpp"

namespace ringtrue::expect {

/// Folders that may hold sim/platforms/ and validate/published/, best first.
using Roots = std::vector<std::filesystem::path>;
/// The working directory and the tree that this program was built from.
Roots default_roots();

/// The machine of kind nccl that a platform file holds.
struct GpuPlatform {
  std::string file;
  Platform platform;

  const nccl::Machine& machine() const { return std::get<nccl::Machine>(platform.machine); }
};

/// `name` is a file, or the name of one of sim/platforms/ with `-` for `_`: hgx-h100. Throws Error, which lists the
/// names there are, also if the file holds no machine of kind nccl.
GpuPlatform find_platform(const std::string& name, const Roots& roots);

/// validate/published/*/*.json below the first root that has any; sorted.
std::vector<std::string> published_files(const Roots& roots);

}  // namespace ringtrue::expect
