#include "sim/simgrid/records.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/summary.hpp"
#include "sim/simgrid/runs.hpp"
#include "sim/simulate.hpp"

namespace ringtrue::simgrid {
namespace {

/// Both simulators' wall times of the rows of one number of ranks, all machine states together.
struct Speed {
  int rows = 0;
  double simulation_s = 0, start_up_s = 0, own_s = 0;
};

const Platform& cluster_of(const std::vector<PlatformFile>& files, const std::string& system) {
  for (const PlatformFile& file : files)
    for (const Platform& platform : file.platforms)
      if (std::holds_alternative<ClusterPlatform>(platform.machine) && platform.describes.front() == system)
        return platform;
  throw Error(
      fmt::format("the platform files hold no cluster model of {}; give the file that 'ringtrue-sim calibrate' wrote "
                  "from the same records",
                  system));
}

std::vector<SimulatedRow> read_results(const std::filesystem::path& file, const std::vector<PricedRow>& rows) {
  std::vector<SimulatedRow> results;
  for_each_line(file, [&](const Json& json, const std::string& where) {
    results.push_back(parse_simulated_row(json, where));
    const std::size_t at = results.size() - 1;
    if (at >= rows.size() || results.back().key != experiment_key(rows[at].experiment))
      throw Error(fmt::format("{}: the result of {} is not the next of rows.jsonl; run ci/smpi.sh again", where,
                              results.back().key));
  });
  if (results.size() < rows.size())
    throw Error(fmt::format("{}: {} results for {} rows; see the log of smpirun beside it", file.string(),
                            results.size(), rows.size()));
  return results;
}

double read_total_s(const std::filesystem::path& file) {
  const Json json = read_json_file(file);
  if (!json.is_number() || json.get<double>() < 0)
    throw Error(fmt::format("{}: holds no number of seconds; run ci/smpi.sh again", file.string()));
  return json.get<double>();
}

Json speed_json(const std::map<int, Speed>& speeds) {
  Json list = Json::array();
  for (const auto& [ranks, s] : speeds)
    list.push_back({{"ranks", ranks},
                    {"rows", s.rows},
                    {"simulation_s", s.simulation_s},
                    {"start_up_s", s.start_up_s},
                    {"own_model", "cluster"},
                    {"own_s", s.own_s}});
  return list;
}

Record record_of(const RunEntry& run, const PricedRow& row, const SimulatedRow& result, const std::string& source) {
  if (result.time <= Seconds{0})
    throw Error(fmt::format("{}: SMPI says it takes no time; see the log of smpirun in {}", result.key, run.folder));
  return {.experiment = row.experiment,
          .system_id = run.system_id,
          .source = source,
          .campaign = "",
          .launch = 0,
          .result =
              Simulation{.time = result.time, .replicates = {}, .state = run.state, .extrapolated = row.extrapolated}};
}

Collected collect_run(const std::filesystem::path& runs, const RunEntry& run, const Platform& cluster,
                      const std::string& source, const Stopwatch& stopwatch) {
  const std::vector<PricedRow> rows = read_priced_rows(runs / run.folder / "rows.jsonl");
  const std::vector<SimulatedRow> results = read_results(runs / run.folder / "results.jsonl", rows);
  Collected collected;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    collected.file.records.push_back(record_of(run, rows[i], results[i], source));
    std::size_t states = 1;
    const Seconds all_states = stopwatch([&] { states = simulate(rows[i].experiment, cluster).size(); });
    collected.rows.push_back({.key = results[i].key,
                              .ranks = run.ranks,
                              .external = results[i].wall,
                              .own = all_states / static_cast<double>(states)});
  }
  return collected;
}

/// What smpirun took beyond the rows is starting up.
void add(const std::vector<RowSpeed>& rows, double total_s, Speed& speed) {
  double simulation_s = 0;
  for (const RowSpeed& row : rows) {
    simulation_s += row.external.count();
    speed.own_s += row.own.count();
  }
  speed.rows += static_cast<int>(rows.size());
  speed.simulation_s += simulation_s;
  speed.start_up_s += std::max(0.0, total_s - simulation_s);
}

/// How fast we are against `external`.
std::string speed_ratio_text(double external_s, double own_s) {
  const bool faster = external_s >= own_s;
  const double ratio = faster ? external_s / own_s : own_s / external_s;
  return fmt::format("{:.{}f} x {}", ratio, ratio < 10 ? 1 : 0, faster ? "faster" : "slower");
}

}  // namespace

Collected collect_records(const std::filesystem::path& runs, const std::vector<PlatformFile>& platforms,
                          const std::string& source, const Stopwatch& stopwatch) {
  const Index index = read_index(runs);
  Collected all;
  std::map<int, Speed> speeds;
  for (const RunEntry& run : index.runs) {
    const Collected one = collect_run(runs, run, cluster_of(platforms, run.system_id), source, stopwatch);
    all.file.records.insert(all.file.records.end(), one.file.records.begin(), one.file.records.end());
    all.rows.insert(all.rows.end(), one.rows.begin(), one.rows.end());
    add(one.rows, read_total_s(runs / run.folder / "total_s"), speeds[run.ranks]);
  }
  Json suites = Json::array();
  for (const SuiteName& suite : index.suites) suites.push_back({{"name", suite.name}, {"hash", suite.hash}});
  all.file.contexts = {{{"tool", source},
                        {"version", RINGTRUE_VERSION},
                        {"suites", suites},
                        {"model_kind", {{source, "smpi"}}},
                        {"fitted_on", index.fitted_on},
                        {"speed", speed_json(speeds)}}};
  return all;
}

std::string speed_text(const Collected& collected) {
  std::string text = fmt::format("{:<72} {:>10} {:>10} {:>8}\n", "wall time of a row in ms", "SMPI", "ours", "ratio");
  for (const RowSpeed& row : collected.rows)
    text += fmt::format("{:<72} {:>10.3f} {:>10.4f} {:>8.1f}\n", row.key, row.external.count() * 1e3,
                        row.own.count() * 1e3, row.external / row.own);
  for (const Json& s : collected.file.contexts.front().at("speed")) {
    const double external = s.at("simulation_s").get<double>(), own = s.at("own_s").get<double>();
    text += fmt::format("{} ranks, {} rows: SMPI {:.3f} s, and {:.3f} s to start up; ours {:.4f} s, {}\n",
                        s.at("ranks").get<int>(), s.at("rows").get<int>(), external, s.at("start_up_s").get<double>(),
                        own, speed_ratio_text(external, own));
  }
  return text;
}

Seconds median_time(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  constexpr Seconds enough{0.02};
  constexpr std::size_t least = 3;
  std::vector<double> times_s;
  Seconds spent{};
  while (times_s.size() < least || spent < enough) {
    const auto began = Clock::now();
    work();
    const Seconds took = Clock::now() - began;
    times_s.push_back(took.count());
    spent += took;
  }
  return Seconds{median(times_s)};
}

}  // namespace ringtrue::simgrid
