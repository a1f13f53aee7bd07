#include "sim/simulate.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/cluster/polling/polling.hpp"
#include "sim/nccl/time.hpp"
#include "sim/training/replay_training.hpp"

namespace ringtrue {
namespace {

using Predictions = std::vector<StatePrediction>;

/// One rank is calibrated with layer profiles only.
bool knows_messages(const ClusterScale& scale) { return scale.ranks > 1 || !scale.reduce.empty(); }

Predictions predict(const Experiment& experiment, const CollectiveRun&, const ClusterPlatform& machine) {
  Predictions predictions;
  for (const ClusterScale& scale : machine.scales)
    if (scale.ranks == experiment.ranks && knows_messages(scale))
      predictions.push_back({scale.state, machine.system.shared_pool ? replay_polling(experiment, machine, scale)
                                                                     : replay(experiment, machine, scale)});
  return predictions;
}

bool is_ring_all_reduce(const CollectiveRun& run) {
  return run.collective == Collective::all_reduce && run.algorithm == Algorithm::ring;
}

Predictions predict(const Experiment& experiment, const CollectiveRun& run, const AlphaBetaRing& machine) {
  if (!is_ring_all_reduce(run)) return {};
  return {{"", {machine.base + ring_all_reduce_time(run.bytes, experiment.ranks, machine.link), false}}};
}

Predictions predict(const Experiment& experiment, const CollectiveRun& run, const BandwidthBound& machine) {
  if (!is_ring_all_reduce(run)) return {};
  const int sharing = ranks_per_core(experiment.ranks, machine.system);
  return {{"", {all_reduce_bandwidth_bound(run.bytes, experiment.ranks, sharing, machine.bandwidth), false}}};
}

Predictions predict(const Experiment& experiment, const CollectiveRun& run, const AstraRing& machine) {
  const bool known = machine.ranks == 0 || machine.ranks == experiment.ranks;
  if (!is_ring_all_reduce(run) || !known) return {};
  return {{"", {astra_ring_time(run.bytes, experiment.ranks, machine), false}}};
}

Predictions predict(const Experiment& experiment, const CollectiveRun& run, const AstraSwitch& machine) {
  const bool ring = run.algorithm == Algorithm::ring || run.algorithm == Algorithm::library;
  if (!ring || !astra_switch_knows(run.collective) || experiment.ranks < 2) return {};
  return {{"", {astra_switch_time(run.collective, run.bytes, experiment.ranks, machine), false}}};
}

Predictions predict(const Experiment& experiment, const nccl::Machine& machine, const std::string& system_id) {
  const std::optional<GpuSystem> system = parse_gpu_system(system_id);
  if (!system) return {};
  const nccl::Call call = nccl::call_of(experiment, *system);
  if (!nccl::refusal(call, machine).empty()) return {};
  return {{"", {nccl::time_of(call, nccl::choose(call, machine), machine), nccl::is_extrapolated(call, machine)}}};
}

Predictions predict(const Experiment& experiment, const Model& model, const ClusterPlatform& machine) {
  Predictions predictions;
  for (const ClusterScale& scale : machine.scales)
    if (scale.ranks == experiment.ranks)
      predictions.push_back({scale.state, replay_training(experiment, model, machine, scale)});
  return predictions;
}

/// Machines whose computing is stated, if it is.
Predictions predict_stated(const Experiment& experiment, const Model& model, const Platform& platform,
                           const std::string& system_id) {
  const PredictExchange exchange = [&](const Experiment& collective) -> std::optional<Prediction> {
    const Predictions predictions = simulate(collective, platform, {}, system_id);
    return predictions.empty() ? std::nullopt : std::optional(predictions.front().prediction);
  };
  const std::optional<Prediction> prediction = predict_training(experiment, model, platform.profiles, exchange);
  return prediction ? Predictions{{"", *prediction}} : Predictions{};
}

Predictions predict_step(const Experiment& experiment, const TrainingStep& step, const Platform& platform,
                         const Models& models, const std::string& system_id) {
  const auto model = models.find(step.model);
  if (model == models.end())
    throw Error(fmt::format("{}: model '{}' is not described; name its file in the suite's 'models'",
                            experiment_key(experiment), step.model));
  if (const auto* cluster = std::get_if<ClusterPlatform>(&platform.machine))
    return predict(experiment, model->second, *cluster);
  const std::optional<GpuSystem> gpus = parse_gpu_system(system_id);
  const auto* nccl = std::get_if<nccl::Machine>(&platform.machine);
  if (nccl != nullptr && (!gpus || !nccl::is_placed(experiment.ranks, gpus->nodes, *nccl))) return {};
  return predict_stated(experiment, model->second, platform, system_id);
}

/// Collectives and training steps with an algorithm of ours.
bool is_simulated(const Experiment& experiment) {
  if (const TrainingStep* step = as_training(experiment)) return is_ours(step->algorithm);
  const CollectiveRun* run = as_collective(experiment);
  return run != nullptr && is_ours(run->algorithm);
}

/// Of GPUs the library's collectives too.
bool may_simulate(const Experiment& experiment, const Platform& platform) {
  const bool gpus =
      std::holds_alternative<nccl::Machine>(platform.machine) || std::holds_alternative<AstraSwitch>(platform.machine);
  return is_simulated(experiment) || (gpus && as_collective(experiment) != nullptr);
}

/// Suites that describe a model of one name differently ask for two experiments of one key.
Models models_of(const std::vector<Suite>& suites) {
  Models models;
  for (const Suite& suite : suites)
    for (const auto& [name, model] : suite.models)
      if (models.try_emplace(name, model).first->second.hash != model.hash)
        throw Error(fmt::format("suite '{}': another suite describes model '{}' differently; simulate them apart",
                                suite.name, name));
  return models;
}

Json platforms_json(const std::vector<PlatformFile>& files) {
  Json list = Json::array();
  for (const PlatformFile& file : files) list.push_back({{"name", file.name}, {"hash", file.hash}});
  return list;
}

Json suites_json(const std::vector<Suite>& suites) {
  Json list = Json::array();
  for (const Suite& suite : suites) list.push_back({{"name", suite.name}, {"hash", suite.hash}});
  return list;
}

}  // namespace

Json platforms_context(const std::vector<PlatformFile>& files) {
  std::vector<std::string> fitted_on;
  std::map<std::string, std::string> kinds;
  std::string assumption;
  for (const PlatformFile& file : files) {
    for (const Platform& platform : file.platforms) {
      kinds[platform.model] = model_kind(platform);
      for (const StatedProfile& profile : platform.profiles)
        assumption += fmt::format("{}{}, batch {}: {}", assumption.empty() ? "" : "; ", profile.model, profile.batch,
                                  profile.source);
      fitted_on.insert(fitted_on.end(), platform.fitted_on.begin(), platform.fitted_on.end());
    }
  }
  std::ranges::sort(fitted_on);
  fitted_on.erase(std::unique(fitted_on.begin(), fitted_on.end()), fitted_on.end());
  Json context{{"tool", "ringtrue-sim"},
               {"version", RINGTRUE_VERSION},
               {"model_kind", kinds},
               {"platforms", platforms_json(files)},
               {"fitted_on", fitted_on}};
  if (!assumption.empty()) context[assumption_key] = assumption;
  return context;
}

namespace {

Json make_context(const std::vector<Suite>& suites, const std::vector<PlatformFile>& files) {
  Json context = platforms_context(files);
  context["suites"] = suites_json(suites);
  return context;
}

Record record_of(const Experiment& experiment, const Platform& platform, const std::string& system_id,
                 const StatePrediction& p) {
  return {.experiment = experiment,
          .system_id = system_id,
          .source = platform.model,
          .campaign = "",
          .launch = 0,
          .result = Simulation{.time = p.prediction.time,
                               .replicates = {},
                               .state = p.state,
                               .extrapolated = p.prediction.extrapolated,
                               .phases = p.prediction.phases}};
}

void add_platform(const Experiment& experiment, const Platform& platform, const Models& models,
                  std::vector<Record>& records) {
  for (const std::string& id : platform.describes)
    for (const StatePrediction& p : simulate(experiment, platform, models, id))
      records.push_back(record_of(experiment, platform, id, p));
}

/// Each number of emulated hosts is a system of its own, so a platform need not know every scale; but if there are
/// clusters, one of them must.
void require_cluster(const Experiment& experiment, const std::vector<PlatformFile>& files) {
  std::set<int> known;
  for (const PlatformFile& file : files)
    for (const Platform& platform : file.platforms)
      if (const auto* cluster = std::get_if<ClusterPlatform>(&platform.machine))
        for (const ClusterScale& scale : cluster->scales) known.insert(scale.ranks);
  if (known.empty() || known.contains(experiment.ranks)) return;
  throw Error(fmt::format(
      "{}: the platforms were fitted at {} ranks; measure the calibration part of the suite at {} ranks and "
      "calibrate again",
      experiment_key(experiment), fmt::join(known, ", "), experiment.ranks));
}

void add_records(const Experiment& experiment, const std::vector<PlatformFile>& files, const Models& models,
                 std::vector<Record>& records) {
  require_cluster(experiment, files);
  for (const PlatformFile& file : files)
    for (const Platform& platform : file.platforms) add_platform(experiment, platform, models, records);
}

/// The refitted platform's answer to the same question, if it is that platform's.
void add_replicate(Record& record, const Platform& refitted, const Models& models) {
  if (refitted.model != record.source || refitted.describes.front() != record.system_id) return;
  auto& nominal = std::get<Simulation>(record.result);
  for (const StatePrediction& p : simulate(record.experiment, refitted, models))
    if (p.state == nominal.state) nominal.replicates.push_back(p.prediction.time);
}

Json draws_json(const std::vector<LaunchDraw>& draws) {
  Json json = Json::object();
  for (const LaunchDraw& draw : draws)
    for (const auto& [ranks, launches] : draw) json[std::to_string(ranks)].push_back(launches);
  return json;
}

}  // namespace

std::vector<StatePrediction> simulate(const Experiment& experiment, const Platform& platform, const Models& models,
                                      const std::string& system_id) {
  if (!may_simulate(experiment, platform))
    throw Error(fmt::format("{}: model '{}' simulates collectives and training steps with an algorithm of ours only",
                            experiment_key(experiment), platform.model));
  const std::string& place = system_id.empty() ? platform.describes.front() : system_id;
  if (const TrainingStep* step = as_training(experiment))
    return predict_step(experiment, *step, platform, models, place);
  const CollectiveRun* run = as_collective(experiment);
  return std::visit(Overloaded{[&](const nccl::Machine& machine) { return predict(experiment, machine, place); },
                               [&](const auto& machine) { return predict(experiment, *run, machine); }},
                    platform.machine);
}

std::vector<Record> simulate_reference(const Record& reference, const Platform& platform) {
  std::vector<Record> records;
  if (as_collective(reference.experiment) == nullptr || !stands_for(platform, reference.system_id) ||
      !may_simulate(reference.experiment, platform))
    return records;
  for (const StatePrediction& p : simulate(reference.experiment, platform, {}, reference.system_id))
    records.push_back(record_of(reference.experiment, platform, reference.system_id, p));
  return records;
}

std::vector<Experiment> simulated_experiments(const Suite& suite) {
  std::vector<Experiment> experiments;
  for (const SuiteRow& row : suite.rows)
    if (row.purpose != Purpose::calibrate && is_simulated(row.experiment)) experiments.push_back(row.experiment);
  return experiments;
}

RecordFile simulate_suites(const std::vector<Suite>& suites, const std::vector<PlatformFile>& files) {
  RecordFile simulated;
  simulated.contexts = {make_context(suites, files)};
  const Models models = models_of(suites);
  for (const Suite& suite : suites)
    for (const Experiment& experiment : simulated_experiments(suite))
      add_records(experiment, files, models, simulated.records);
  if (simulated.records.empty())
    throw Error(
        "nothing to simulate: the suites have no collective or training step with an algorithm of ours, or the "
        "platforms know none of them");
  return simulated;
}

void add_replicates(RecordFile& file, const std::vector<Suite>& suites, const Calibration& calibration,
                    Resampling resampling) {
  const std::vector<LaunchDraw> drawn = draw_launches(calibration, resampling.draws, resampling.seed);
  const Models models = models_of(suites);
  file.contexts.front()["draws"] = draws_json(drawn);
  ReplayCache replays;
  fit(calibration, {}, &replays);  // refits begin where it ends
  for (const LaunchDraw& draw : drawn) {
    const std::vector<Platform> platforms = fit(calibration, draw, &replays);
    for (Record& record : file.records)
      for (const Platform& platform : platforms) add_replicate(record, platform, models);
  }
}

}  // namespace ringtrue
