#include "sim/ablation.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/fit.hpp"
#include "sim/simulate.hpp"

namespace ringtrue {
namespace {

PlatformFile platforms_without(Mechanism mechanism, const Calibration& calibration, ReplayCache& replays) {
  PlatformFile file{.name = fmt::format("fitted without {}", to_string(mechanism)), .hash = "", .platforms = {}};
  for (const auto& [id, cluster] : fit_clusters(calibration, {}, mechanism, &replays))
    file.platforms.push_back({.model = fmt::format("cluster without {}", to_string(mechanism)),
                              .describes = {id},
                              .machine = cluster,
                              .sources = {std::string(without_it(mechanism))},
                              .fitted_on = calibration.record_ids});
  file.hash = content_hash(platform_file_text(file.platforms));
  return file;
}

/// Mechanisms are of exchanges; a training step would say the same again, thinned by what it computes.
std::vector<Suite> without_training(std::vector<Suite> suites) {
  for (Suite& suite : suites)
    std::erase_if(suite.rows, [](const SuiteRow& row) { return as_training(row.experiment) != nullptr; });
  return suites;
}

}  // namespace

RecordFile ablate(const Calibration& calibration, const std::vector<Suite>& suites) {
  ReplayCache replays;
  fit_clusters(calibration, {}, {}, &replays);  // what is left begins where the whole model's fit ends
  std::vector<PlatformFile> files;
  for (const Mechanism mechanism : all_mechanisms()) {
    PlatformFile file = platforms_without(mechanism, calibration, replays);
    if (!file.platforms.empty()) files.push_back(std::move(file));
  }
  RecordFile simulated = simulate_suites(without_training(suites), files);
  Json& meanings = simulated.contexts.front()["ablation"];
  for (const PlatformFile& file : files)
    meanings[file.platforms.front().model] = file.platforms.front().sources.front();
  return simulated;
}

}  // namespace ringtrue
