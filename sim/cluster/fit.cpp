// The fit solves one equation per record, in this order; nothing is searched.
//
// turn, skew   from exchanges of the smallest message, few and many repetitions: T = skew + turns(R) * turn, where
//              turns(R) comes from replaying the exchange with free messages. One unknown per equation.
// What messages, reductions and copies cost comes after: fit_costs.cpp.

#include "sim/cluster/fit.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {
double free_turns(const Experiment& experiment, const System& system, Bytes eager_limit) {
  if (!std::holds_alternative<Exchange>(experiment.workload) && !std::holds_alternative<PingPong>(experiment.workload))
    return 0;
  const ClusterPlatform platform{
      .system = system, .eager_limit = eager_limit, .link = {}, .state_threshold_s = 0, .scales = {}};
  ClusterScale unit;
  unit.ranks = experiment.ranks;
  unit.turn = Seconds{1e-6};
  return replay(experiment, platform, unit).time / unit.turn;
}

SystemFit::SystemFit(const Calibration& calibration, std::string system_id, const LaunchDraw& draw)
    : calibration_(calibration),
      system_id_(std::move(system_id)),
      system_(parse_system_id(system_id_, "measured file")),
      link_{.bits_per_s = system_.link_bits_per_s,
            .burst = calibration.link_bursts.contains(system_id_) ? calibration.link_bursts.at(system_id_) : Bytes{0}},
      eager_limit_(calibration.eager_limits.contains(system_id_) ? calibration.eager_limits.at(system_id_) : Bytes{0}),
      draw_(draw) {}

SystemFit::Timed SystemFit::time_of(const CalibrationRow& row, const std::string& state) const {
  return time_of(row, state, [](const CalibrationRow::Sample& sample) { return sample.time; });
}

Seconds SystemFit::own_time_of(const CalibrationRow& row, const std::string& state) const {
  return time_of(row, state, [](const CalibrationRow::Sample& sample) { return sample.own; }).time;
}

SystemFit::Timed SystemFit::time_of(const CalibrationRow& row, const std::string& state, const Value& value) const {
  std::vector<double> in_state, any;
  const auto drawn = draw_.find(row.experiment.ranks);
  for (const CalibrationRow::Sample& sample : row.samples) {
    const auto times = drawn == draw_.end() ? 1 : std::ranges::count(drawn->second, sample.launch);
    for (std::ptrdiff_t i = 0; i < times; ++i) {
      any.push_back(value(sample).count());
      if (state.empty() || sample.state == state) in_state.push_back(value(sample).count());
    }
  }
  if (any.empty())  // the draw misses every launch that has this row
    for (const CalibrationRow::Sample& sample : row.samples) any.push_back(value(sample).count());
  return {.time = Seconds{median(in_state.empty() ? any : in_state)}, .pooled = in_state.empty()};
}

std::vector<const CalibrationRow*> SystemFit::rows_at(int ranks) const {
  std::vector<const CalibrationRow*> rows;
  for (const CalibrationRow& row : calibration_.rows)
    if (row.system_id == system_id_ && row.experiment.ranks == ranks) rows.push_back(&row);
  return rows;
}

bool SystemFit::crosses_cores(const CalibrationRow& row) const {
  const int ranks = row.experiment.ranks;
  return core_of_rank(0, ranks, system_) != core_of_rank(as_exchange(row)->stride, ranks, system_);
}

namespace {

const Exchange* as_unprepared_exchange(const CalibrationRow& row) {
  return is_fresh(row.experiment) ? nullptr : as_exchange(row);
}

}  // namespace

void SystemFit::fit_turn(const ClusterPlatform& platform, ClusterScale& scale) const {
  const CalibrationRow *few = nullptr, *many = nullptr;
  for (const CalibrationRow* row : rows_at(scale.ranks)) {
    const Exchange* exchange = as_unprepared_exchange(*row);
    if (exchange == nullptr) continue;
    const auto smaller = [&](const CalibrationRow* than) {
      return than == nullptr || exchange->bytes < as_exchange(*than)->bytes ||
             (exchange->bytes == as_exchange(*than)->bytes && exchange->stride > as_exchange(*than)->stride);
    };
    if (exchange->repetitions == 1 && smaller(few)) few = row;
    if (exchange->repetitions > 1 && smaller(many)) many = row;
  }
  if (few == nullptr || many == nullptr)
    throw Error(
        fmt::format("{}, {} ranks: the calibration needs 'exchange' of the smallest size once with repetitions 1 and "
                    "once with more; add both to the suite",
                    system_id_, scale.ranks));
  const Timed once = time_of(*few, scale.state), often = time_of(*many, scale.state);
  scale.turn = std::max(Seconds{1e-9}, (often.time - once.time) / (many->turns - few->turns));
  if (!platform.has(Mechanism::turns)) scale.turn = Seconds{1e-9};
  scale.skew = std::max(Seconds{0}, often.time - many->turns * scale.turn);
  scale.pooled = once.pooled || often.pooled;
}

ClusterScale SystemFit::scale(const ClusterPlatform& platform, int ranks, const std::string& state) const {
  ClusterScale scale;
  scale.ranks = ranks;
  scale.state = state;
  scale.launches = static_cast<int>(calibration_.launches.at(ranks).size());
  require_equally_cold(ranks);
  fit_profiles(scale);
  fit_busy(scale);
  if (ranks == 1) {
    if (scale.profiles.empty())
      throw Error(fmt::format("{}, 1 rank: the calibration has no 'layer_profile'; add it to the suite", system_id_));
    return scale;
  }
  if (system_.shared_pool) {
    fit_local(scale);
  } else {
    fit_turn(platform, scale);
    fit_messages(platform, scale);
    fit_local_costs(scale);
  }
  return scale;
}

std::set<int> SystemFit::scales() const {
  std::set<int> scales;
  for (const CalibrationRow& row : calibration_.rows)
    if (row.system_id == system_id_) scales.insert(row.experiment.ranks);
  return scales;
}

namespace {

/// What the platform itself says of a mechanism is taken out of it.
void leave_out(Mechanism mechanism, ClusterPlatform& platform) {
  platform.without = mechanism;
  if (mechanism == Mechanism::link_rate) platform.link = {};
  if (mechanism == Mechanism::link_burst) platform.link.burst = Bytes{0};
}

}  // namespace

ClusterPlatform SystemFit::cluster(std::optional<Mechanism> without) const {
  ClusterPlatform platform{.system = system_,
                           .eager_limit = eager_limit_,
                           .link = link_,
                           .state_threshold_s = calibration_.state_threshold_s,
                           .scales = {}};
  if (without) leave_out(*without, platform);
  std::set<std::string> states;
  for (const CalibrationRow& row : calibration_.rows) {
    if (row.system_id != system_id_) continue;
    for (const CalibrationRow::Sample& sample : row.samples)
      if (sample.state != "mixed") states.insert(sample.state);
  }
  if (states.size() < 2 || !platform.has(Mechanism::states)) states = {""};
  for (const int ranks : scales())
    for (const std::string& state : states) platform.scales.push_back(scale(platform, ranks, state));
  return platform;
}

std::map<std::string, ClusterPlatform> fit_clusters(const Calibration& calibration, const LaunchDraw& draw,
                                                    std::optional<Mechanism> without, ReplayCache* replays) {
  std::map<std::string, ClusterPlatform> clusters;
  std::map<std::string, std::vector<PollingScale>> by_state;
  for (const std::string& id : systems_of(calibration)) {
    if (without && !acts_on(*without, parse_system_id(id, "measured file"))) continue;
    const SystemFit fitter(calibration, id, draw);
    ClusterPlatform& platform = clusters[id] = fitter.cluster(without);
    if (!platform.system.shared_pool) continue;
    for (ClusterScale& scale : platform.scales)
      if (scale.ranks > 1) by_state[scale.state].push_back(fitter.polling_scale(platform, scale));
  }
  ReplayCache own;
  for (auto& [state, scales] : by_state) fit_polling(scales, replays == nullptr ? own : *replays);
  share_one_rank_profiles(clusters);
  return clusters;
}

std::optional<AlphaBetaRing> SystemFit::alpha_beta(std::optional<int> ranks) const {
  const CalibrationRow *smallest = nullptr, *largest = nullptr;
  for (const CalibrationRow& row : calibration_.rows) {
    const auto* p = std::get_if<PingPong>(&row.experiment.workload);
    if (p == nullptr || row.system_id != system_id_ || row.experiment.ranks != ranks.value_or(row.experiment.ranks))
      continue;
    const auto rank = [](const CalibrationRow& r) {
      return std::pair(r.experiment.ranks, -std::get<PingPong>(r.experiment.workload).stride);
    };
    if (smallest != nullptr && rank(row) > rank(*smallest)) continue;
    if (smallest == nullptr || rank(row) < rank(*smallest)) smallest = largest = &row;
    if (p->bytes < message_bytes(smallest->experiment)) smallest = &row;
    if (p->bytes > message_bytes(largest->experiment)) largest = &row;
  }
  if (smallest == largest) return std::nullopt;
  const auto one_way = [&](const CalibrationRow& row) {
    return time_of(row, "").time / (2 * std::get<PingPong>(row.experiment.workload).repetitions);
  };
  const Seconds alpha = one_way(*smallest);
  const Seconds transfer = std::max(Seconds{1e-12}, one_way(*largest) - alpha);
  return AlphaBetaRing{.base = Seconds{0}, .link = {alpha, message_bytes(largest->experiment) / transfer}};
}

std::optional<AstraRing> SystemFit::astra(int ranks) const {
  const std::optional<AlphaBetaRing> ring = alpha_beta(ranks);
  const CalibrationRow* largest = nullptr;
  for (const CalibrationRow* row : rows_at(ranks))
    if (std::holds_alternative<ReduceLocal>(row->experiment.workload) &&
        (largest == nullptr || message_bytes(row->experiment) > message_bytes(largest->experiment)))
      largest = row;
  if (!ring || largest == nullptr) return std::nullopt;
  const auto& reduce = std::get<ReduceLocal>(largest->experiment.workload);
  const Seconds per_chunk = std::max(Seconds{1e-12}, time_of(*largest, "").time / reduce.repetitions);
  const Bytes passes{3 * (reduce.bytes.count / ranks)};
  return AstraRing{
      .latency = ring->link.alpha, .bandwidth = ring->link.bandwidth, .memory = passes / per_chunk, .ranks = ranks};
}

std::optional<BandwidthBound> SystemFit::bound() const {
  std::optional<BandwidthBound> bound;
  for (const CalibrationRow& row : calibration_.rows) {
    const Exchange* exchange = as_exchange(row);
    if (exchange == nullptr || row.system_id != system_id_) continue;
    const Bytes moved{exchange->bytes.count / row.experiment.ranks * exchange->repetitions *
                      ranks_per_core(row.experiment.ranks, system_)};
    const Bandwidth bandwidth = moved / time_of(row, "").time;
    if (!bound) bound = BandwidthBound{.system = system_, .bandwidth = {1}};
    bound->bandwidth.bytes_per_second = std::max(bound->bandwidth.bytes_per_second, bandwidth.bytes_per_second);
  }
  return bound;
}

}  // namespace ringtrue
