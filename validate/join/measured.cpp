#include "validate/join/measured.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/machine_state.hpp"
#include "experiment/system.hpp"
#include "validate/statistics/resampling.hpp"
#include "validate/training/details.hpp"

namespace ringtrue {
namespace {

using Launches = std::vector<const Record*>;

void check_measured(std::span<const RecordFile> files) {
  std::set<std::string> seen;
  const Record* first = nullptr;
  for (const RecordFile& file : files) {
    for (const Record& record : file.records) {
      if (!std::holds_alternative<Measurement>(record.result))
        throw Error(
            fmt::format("{}: holds the {} record {}, but --measured takes measured records; give the file to --{}",
                        file.name, origin_name(record), record_id(record), origin_name(record)));
      if (!seen.insert(record_id(record)).second)
        throw Error(
            fmt::format("{}: the record {} stands in two measured files; remove one", file.name, record_id(record)));
      if (first == nullptr) first = &record;
      if (record.campaign != first->campaign)
        throw Error(
            fmt::format("{}: campaign '{}' found beside '{}'; one comparison takes one campaign: compare them one "
                        "at a time",
                        file.name, record.campaign, first->campaign));
    }
  }
}

std::vector<Record> all_records(std::span<const RecordFile> files) {
  std::vector<Record> all;
  for (const RecordFile& file : files) all.insert(all.end(), file.records.begin(), file.records.end());
  return all;
}

/// Layer profiles are calibration, whatever they are declared.
bool is_shown(const Record& record) {
  return std::get<Measurement>(record.result).purpose != Purpose::calibrate &&
         !std::holds_alternative<LayerProfile>(record.experiment.workload);
}

int algorithm_order(const Experiment& experiment) {
  if (const TrainingStep* step = as_training(experiment)) return static_cast<int>(step->algorithm);
  const CollectiveRun* run = as_collective(experiment);
  return run == nullptr ? -1 : static_cast<int>(run->algorithm);
}

/// Orders rows as a reader looks for them; equal keys are one row.
using RowKey = std::tuple<std::string, Purpose, int, int, std::int64_t, std::string>;

RowKey row_key(const Record& record, Purpose purpose) {
  const Experiment& e = record.experiment;
  return {record.system_id, purpose, e.ranks, algorithm_order(e), message_bytes(e).count, experiment_key(e)};
}

Seconds local_max_median(const Launches& launches) {
  std::vector<double> times;
  for (const Record* record : launches) times.push_back(std::get<Measurement>(record->result).local_max_median.count());
  return Seconds{median(std::move(times))};
}

void add(const Measurement& m, bool canaries_differ, Conditions& c) {
  if (m.stationarity) ++c.judged;
  if (m.stationarity && !m.stationarity->stationary) {
    ++c.non_stationary;
    c.steps_with_canary += canaries_differ ? 1 : 0;
    const double step = m.stationarity->step_ratio;
    if (std::abs(std::log(step)) > std::abs(std::log(c.largest_step))) c.largest_step = step;
  }
  if (m.warm_up) ++c.warmed_up;
  if (m.warm_up && !m.warm_up->steady) ++c.not_steady;
  if (m.outliers) {
    c.samples += static_cast<std::int64_t>(m.time.n);
    c.outliers += static_cast<std::int64_t>(*m.outliers);
  }
  if (m.late_starts) {
    c.together += static_cast<std::int64_t>(m.time.n);
    c.late += *m.late_starts;
  }
  if (m.wall) {
    c.wall += m.wall->row;
    c.outside += m.wall->overhead() * m.wall->row;
  }
}

/// Test beds are machines of their own, each with its own speeds: what is fast on one is slow on another.
std::map<std::string, MachineStates> states_by_testbed(const std::vector<Record>& records) {
  std::map<std::string, std::vector<Record>> testbeds;
  for (const Record& record : records) testbeds[testbed_of(record.system_id)].push_back(record);
  std::map<std::string, MachineStates> states;
  for (const auto& [testbed, own] : testbeds) states[testbed] = classify_states(own);
  return states;
}

/// Everything but the interval, which needs the launches of the whole scale.
MeasuredSeries series_of(const Launches& launches, const MachineStates& states) {
  const Record& first = *launches.front();
  MeasuredSeries series{.row = {}, .source = first.source, .launches = {}};
  MeasuredRow& row = series.row;
  row.experiment = first.experiment;
  row.system_id = first.system_id;
  row.launches = static_cast<int>(launches.size());
  row.verified = true;
  row.local_max_median = local_max_median(launches);
  std::vector<double> times;
  for (const Record* record : launches) {
    const auto& m = std::get<Measurement>(record->result);
    row.purpose = m.purpose;
    row.verified = row.verified && m.verified;
    row.oversubscribed = row.oversubscribed || m.oversubscribed;
    if (m.clock != Clock::makespan) row.clock = m.clock;
    ++row.states[states.of(m.canary)];
    add(m, states.of(m.canary) == "mixed", row.conditions);
    times.push_back(m.time.median.count());
    series.launches.push_back({.launch = record->launch,
                               .log_time = std::log(m.time.median.count()),
                               .state = states.of(m.canary),
                               .phases = as_training(first.experiment) == nullptr ? Phases{} : m.phases});
  }
  std::ranges::sort(series.launches, {}, &LaunchTime::launch);
  row.median = Seconds{median(std::move(times))};
  return series;
}

Interval interval_of(const MeasuredSeries& series, const std::vector<int>& launches, std::uint64_t seed) {
  std::vector<double> drawn;
  for (const Draw& draw : draw_launches(launches, default_replicates, seed))
    drawn.push_back(median_of_draw(series.launches, draw, [&](std::size_t i) { return series.launches[i].log_time; }));
  const Interval logs = percentile_interval(std::log(series.row.median.count()), drawn, series.row.launches);
  return {std::exp(logs.lower), std::exp(logs.upper)};
}

}  // namespace

std::vector<int> Campaign::launches(const std::string& system_id, int ranks) const {
  std::set<int> all;
  for (const MeasuredSeries& s : series) {
    if (s.row.system_id != system_id || s.row.experiment.ranks != ranks) continue;
    for (const LaunchTime& launch : s.launches) all.insert(launch.launch);
  }
  return {all.begin(), all.end()};
}

bool Campaign::measured(const Experiment& experiment, const std::string& system_id) const {
  return std::ranges::any_of(
      series, [&](const MeasuredSeries& s) { return s.row.system_id == system_id && s.row.experiment == experiment; });
}

Campaign gather_measured(std::span<const RecordFile> files, std::uint64_t seed) {
  check_measured(files);
  const std::vector<Record> records = all_records(files);
  const std::map<std::string, MachineStates> states = states_by_testbed(records);
  std::map<RowKey, Launches> rows;
  for (const Record& record : records) {
    if (is_shown(record)) rows[row_key(record, std::get<Measurement>(record.result).purpose)].push_back(&record);
  }
  Campaign campaign;
  const LayerProfiles profiles = layer_profiles(records);
  for (const auto& [key, launches] : rows) {
    campaign.series.push_back(series_of(launches, states.at(testbed_of(launches.front()->system_id))));
    if (as_training(launches.front()->experiment) != nullptr)
      campaign.series.back().row.training = training_details(launches, profiles);
  }
  for (MeasuredSeries& series : campaign.series)
    series.row.interval_s =
        interval_of(series, campaign.launches(series.row.system_id, series.row.experiment.ranks), seed);
  return campaign;
}

}  // namespace ringtrue
