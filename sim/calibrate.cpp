#include "sim/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/machine_state.hpp"
#include "experiment/system.hpp"
#include "sim/cluster/fit.hpp"

namespace ringtrue {
namespace {

CalibrationRow& row_of(const Record& record, std::map<std::string, CalibrationRow>& rows) {
  CalibrationRow& row = rows[fmt::format("{}|{}", record.system_id, experiment_key(record.experiment))];
  row.experiment = record.experiment;
  row.system_id = record.system_id;
  return row;
}

/// What is predicted is not fitted on.
bool is_predicted(const Experiment& experiment) {
  return as_collective(experiment) != nullptr || as_training(experiment) != nullptr;
}

/// A size that the launches of a system reported about their environment; nothing if unknown.
std::optional<Bytes> reported_bytes(const Json& context, const char* key) {
  if (!context.contains("environment") || !context["environment"].is_object()) return std::nullopt;
  const Json& environment = context["environment"];
  if (!environment.contains(key) || !environment[key].is_number_integer() || environment[key].get<std::int64_t>() < 0)
    return std::nullopt;
  return Bytes{std::min(environment[key].get<std::int64_t>(), max_bytes.count)};
}

void take_environment(const Json& context, Calibration& calibration) {
  if (!context.contains("system_id") || !context["system_id"].is_string()) return;
  const auto id = context["system_id"].get<std::string>();
  if (const std::optional<Bytes> limit = reported_bytes(context, "eager_limit_bytes"))
    calibration.eager_limits[id] = *limit;
  if (const std::optional<Bytes> burst = reported_bytes(context, "link_burst_bytes"))
    calibration.link_bursts[id] = *burst;
}

void require_one(const std::set<std::string>& names, const char* what) {
  if (names.size() > 1)
    throw Error(fmt::format("the measured files mix {} '{}' and '{}'; calibrate on one", what, *names.begin(),
                            *std::next(names.begin())));
}

/// Test beds have launches of equal numbers and machine states of their own.
void require_one_campaign(std::span<const RecordFile> measured) {
  std::set<std::string> campaigns;
  std::set<std::string> testbeds;
  for (const RecordFile& file : measured) {
    for (const Record& record : file.records) {
      campaigns.insert(record.campaign);
      testbeds.insert(testbed_of(record.system_id));
    }
  }
  require_one(campaigns, "campaigns");
  require_one(testbeds, "test beds");
}

std::vector<std::string> ids_of_system(const Calibration& calibration, const std::string& system) {
  std::vector<std::string> ids;
  for (const std::string& id : calibration.record_ids)
    if (id.find("|" + system + "|") != std::string::npos) ids.push_back(id);
  return ids;
}

constexpr const char* own_calibration = "fitted on the calibration records listed in fitted_on";
constexpr const char* astra_link =
    "latency_s, bandwidth_bytes_per_s: the widest ping-pong at as many ranks, its smallest and its largest message";
constexpr const char* astra_memory =
    "memory_bytes_per_s: the largest local reduction at as many ranks, taken as ASTRA-sim's three passes over a "
    "chunk";

}  // namespace

Calibration collect_calibration(std::span<const RecordFile> measured) {
  require_one_campaign(measured);
  Calibration calibration;
  std::vector<Record> all;
  for (const RecordFile& file : measured) {
    all.insert(all.end(), file.records.begin(), file.records.end());
    for (const Json& context : file.contexts) take_environment(context, calibration);
  }
  const MachineStates states = classify_states(all);
  calibration.state_threshold_s = states.threshold_s;
  std::map<std::string, CalibrationRow> rows;
  std::map<int, std::set<int>> launches;
  for (const Record& record : all) {
    const auto* m = std::get_if<Measurement>(&record.result);
    if (m == nullptr) continue;
    launches[record.experiment.ranks].insert(record.launch);
    if (m->purpose != Purpose::calibrate || is_predicted(record.experiment)) continue;
    row_of(record, rows)
        .samples.push_back({record.launch, states.of(m->canary), m->time.median, m->local_max_median, m->phases});
    calibration.record_ids.push_back(record_id(record));
  }
  if (rows.empty()) throw Error("no calibration record in the measured files; the suite needs a 'calibrate' part");
  for (auto& [key, row] : rows) {
    const System system = parse_system_id(row.system_id, "measured file");
    if (!system.shared_pool) {
      const Bytes eager_limit = calibration.eager_limits[row.system_id];
      row.turns = free_turns(row.experiment, system, eager_limit);
      row.read = read_by_others(row.experiment, system, eager_limit);
    }
    calibration.rows.push_back(std::move(row));
  }
  for (const auto& [ranks, set] : launches) calibration.launches[ranks] = {set.begin(), set.end()};
  return calibration;
}

std::set<std::string> systems_of(const Calibration& calibration) {
  std::set<std::string> systems;
  for (const CalibrationRow& row : calibration.rows) systems.insert(row.system_id);
  return systems;
}

std::vector<Platform> fit(const Calibration& calibration, const LaunchDraw& draw, ReplayCache* replays) {
  const std::map<std::string, ClusterPlatform> clusters = fit_clusters(calibration, draw, {}, replays);
  std::vector<Platform> platforms;
  for (const auto& cluster : clusters) {
    const std::string& id = cluster.first;
    const SystemFit fitter(calibration, id, draw);
    const std::vector<std::string> ids = draw.empty() ? ids_of_system(calibration, id) : std::vector<std::string>{};
    const auto add = [&](std::string model, Machine machine, std::vector<std::string> sources = {own_calibration}) {
      platforms.push_back({std::move(model), {id}, std::move(machine), std::move(sources), ids});
    };
    add("cluster", cluster.second);
    if (const std::optional<AlphaBetaRing> ring = fitter.alpha_beta()) add("alpha_beta", *ring);
    for (const int ranks : fitter.scales())
      if (const std::optional<AstraRing> ring = fitter.astra(ranks); ring && ranks > 1)
        add("astra", *ring, {own_calibration, astra_link, astra_memory});
    if (const std::optional<BandwidthBound> bound = fitter.bound()) add("bandwidth_bound", *bound);
  }
  return platforms;
}

std::vector<LaunchDraw> draw_launches(const Calibration& calibration, int count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<LaunchDraw> draws(static_cast<std::size_t>(count));
  for (LaunchDraw& draw : draws) {
    for (const auto& [ranks, launches] : calibration.launches) {
      std::vector<int>& drawn = draw[ranks];
      for (std::size_t i = 0; i < launches.size(); ++i) drawn.push_back(launches[random() % launches.size()]);
      std::ranges::sort(drawn);
    }
  }
  return draws;
}

}  // namespace ringtrue
