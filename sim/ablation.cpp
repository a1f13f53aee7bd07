#include "sim/ablation.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/fit.hpp"
#include "sim/simulate.hpp"

namespace ringtrue {
namespace {

PlatformFile platforms_without(Mechanism mechanism, const Calibration& calibration) {
  std::set<std::string> systems;
  for (const CalibrationRow& row : calibration.rows)
    if (acts_on(mechanism, parse_system_id(row.system_id, "measured file"))) systems.insert(row.system_id);
  PlatformFile file{.name = fmt::format("fitted without {}", to_string(mechanism)), .hash = "", .platforms = {}};
  const LaunchDraw all;
  for (const std::string& id : systems)
    file.platforms.push_back({.model = fmt::format("cluster without {}", to_string(mechanism)),
                              .describes = {id},
                              .machine = SystemFit(calibration, id, all).cluster(mechanism),
                              .sources = {std::string(without_it(mechanism))},
                              .fitted_on = calibration.record_ids});
  file.hash = content_hash(platform_file_text(file.platforms));
  return file;
}

}  // namespace

RecordFile ablate(const Calibration& calibration, const std::vector<Suite>& suites) {
  std::vector<PlatformFile> files;
  for (const Mechanism mechanism : all_mechanisms()) {
    PlatformFile file = platforms_without(mechanism, calibration);
    if (!file.platforms.empty()) files.push_back(std::move(file));
  }
  RecordFile simulated = simulate_suites(suites, files);
  Json& meanings = simulated.contexts.front()["ablation"];
  for (const PlatformFile& file : files)
    meanings[file.platforms.front().model] = file.platforms.front().sources.front();
  return simulated;
}

}  // namespace ringtrue
