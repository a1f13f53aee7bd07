#include "sim/expect/files.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue::expect {
namespace {

namespace fs = std::filesystem;

/// Empty if there is no such folder.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

std::string replaced(std::string text, char from, char to) {
  std::ranges::replace(text, from, to);
  return text;
}

fs::path platforms_of(const fs::path& root) { return root / "sim" / "platforms"; }

[[noreturn]] void refuse_platform(const std::string& name, const Roots& roots) {
  std::set<std::string> names;
  for (const fs::path& root : roots)
    for (const fs::path& path : entries_of(platforms_of(root)))
      if (path.extension() == ".json") names.insert(replaced(path.stem().string(), '_', '-'));
  const std::vector<std::string_view> known(names.begin(), names.end());
  throw Error(fmt::format("--platform '{}': neither a file nor a platform of sim/platforms/{}; there are: {}",
                          excerpt(name), did_you_mean(name, known),
                          names.empty() ? "none; give a file" : fmt::format("{}", fmt::join(names, ", "))));
}

fs::path platform_path(const std::string& name, const Roots& roots) {
  if (fs::is_regular_file(name)) return name;
  const bool is_name = !name.empty() && name.find('/') == std::string::npos;
  for (const fs::path& root : roots) {
    fs::path path = platforms_of(root) / (replaced(name, '-', '_') + ".json");
    if (is_name && fs::is_regular_file(path)) return path;
  }
  refuse_platform(name, roots);
}

}  // namespace

Roots default_roots() { return {".", RINGTRUE_SOURCE_DIR}; }

GpuPlatform find_platform(const std::string& name, const Roots& roots) {
  PlatformFile file = read_platform_file(platform_path(name, roots).lexically_normal());
  std::vector<std::string> kinds;
  for (Platform& platform : file.platforms) {
    if (std::holds_alternative<nccl::Machine>(platform.machine)) return {file.name, std::move(platform)};
    kinds.push_back(fmt::format("'{}' of kind {}", platform.model, model_kind(platform)));
  }
  throw Error(fmt::format("--platform {}: no platform of kind nccl, which this asks; it holds {}", file.name,
                          fmt::join(kinds, ", ")));
}

std::vector<std::string> published_files(const Roots& roots) {
  std::vector<std::string> files;
  for (const fs::path& root : roots) {
    for (const fs::path& folder : entries_of(root / "validate" / "published"))
      for (const fs::path& path : entries_of(folder))
        if (path.extension() == ".json") files.push_back(path.lexically_normal().string());
    if (!files.empty()) break;
  }
  return files;
}

}  // namespace ringtrue::expect
