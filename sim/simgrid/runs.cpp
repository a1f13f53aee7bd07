#include "sim/simgrid/runs.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"
#include "sim/cluster/fit.hpp"
#include "sim/simgrid/platform_xml.hpp"
#include "sim/simulate.hpp"

namespace ringtrue::simgrid {
namespace {

double price(const CostTable& table, std::int64_t length, Bytes buffer, PricedRow& row) {
  const Cost cost = table.at({length}, buffer);
  row.extrapolated = row.extrapolated || cost.extrapolated;
  return cost.time.count();
}

/// Largest message that a fit of this number of ranks has seen.
Bytes largest_message(const ClusterScale& scale) {
  Bytes largest{0};
  for (const CostTable* table : {&scale.same_core, &scale.cross_core})
    for (const CostPoint& point : table->points()) largest = std::max(largest, point.message);
  return largest;
}

void price_operation(const Operation& operation, Bytes buffer, const ClusterScale& scale, PricedRow& row) {
  const std::int64_t length = operation.span.length;
  if (operation.kind == OperationKind::reduce && !row.reduce_s.contains(length))
    row.reduce_s[length] = price(scale.reduce, length, buffer, row);
  if (operation.kind == OperationKind::copy && !row.copy_s.contains(length))
    row.copy_s[length] = price(scale.copy.empty() ? scale.reduce : scale.copy, length, buffer, row);
}

PricedRow priced(const Experiment& experiment, const ClusterScale& scale) {
  PricedRow row{.experiment = experiment, .reduce_s = {}, .copy_s = {}, .extrapolated = false};
  const Bytes buffer = bytes_walked(experiment), largest = largest_message(scale);
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    Schedule schedule(experiment, rank);
    while (const std::optional<Operation> operation = schedule.next()) {
      price_operation(*operation, buffer, scale, row);
      if (operation->kind == OperationKind::isend && operation->span.length > largest.count) row.extrapolated = true;
    }
  }
  return row;
}

std::string folder_name(const std::string& system, const ClusterScale& scale) {
  return fmt::format("{}-p{}{}{}", system, scale.ranks, scale.state.empty() ? "" : "-", scale.state);
}

std::vector<PricedRow> rows_of(const std::vector<Suite>& suites, const ClusterScale& scale) {
  std::vector<PricedRow> rows;
  for (const Suite& suite : suites)
    for (const Experiment& experiment : simulated_experiments(suite))
      if (experiment.ranks == scale.ranks && as_collective(experiment) != nullptr)
        rows.push_back(priced(experiment, scale));
  return rows;
}

void write_run(const Run& run, const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    throw Error(fmt::format("{}: cannot be created ({}); name another --out", folder.string(), failed.message()));
  write_text_file(folder / "platform.xml", platform_xml(run.network));
  write_text_file(folder / "hostfile", hostfile(run.network));
  std::string rows;
  for (const PricedRow& row : run.rows) rows += to_json(row).dump() + "\n";
  write_text_file(folder / "rows.jsonl", rows);
}

RunEntry parse_entry(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  RunEntry entry{.folder = reader.text("folder"),
                 .system_id = reader.text("system_id"),
                 .state = reader.text("state"),
                 .ranks = static_cast<int>(reader.integer("ranks", 1, max_ranks))};
  reader.finish();
  return entry;
}

SuiteName parse_suite_name(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  SuiteName suite{.name = reader.text("name"), .hash = reader.text("hash")};
  reader.finish();
  return suite;
}

const Json& list_of(ObjectReader& reader, const std::string& key) {
  const Json& list = reader.at(key);
  if (!list.is_array() || list.empty()) reader.refuse(key, "a list, not empty");
  return list;
}

}  // namespace

std::vector<Run> make_runs(const std::vector<Suite>& suites, const Calibration& calibration) {
  std::vector<Run> runs;
  const LaunchDraw all_launches;
  for (const std::string& system : systems_of(calibration)) {
    for (const ClusterScale& scale : SystemFit(calibration, system, all_launches).cluster().scales) {
      std::vector<PricedRow> rows = rows_of(suites, scale);
      if (rows.empty()) continue;
      runs.push_back({.folder = folder_name(system, scale),
                      .state = scale.state,
                      .network = fit_network(calibration, system, scale.ranks, scale.state),
                      .rows = std::move(rows)});
    }
  }
  if (runs.empty())
    throw Error(
        "nothing to simulate: the suites have no collective of ours at the numbers of ranks that were calibrated");
  return runs;
}

void write_runs(const std::vector<Run>& runs, const std::vector<Suite>& suites, const Calibration& calibration,
                const std::filesystem::path& out) {
  Json entries = Json::array(), names = Json::array();
  for (const Run& run : runs) {
    write_run(run, out / run.folder);
    entries.push_back({{"folder", run.folder},
                       {"system_id", system_id(run.network.system)},
                       {"state", run.state},
                       {"ranks", run.network.ranks}});
  }
  for (const Suite& suite : suites) names.push_back({{"name", suite.name}, {"hash", suite.hash}});
  const Json index{{"runs", entries}, {"suites", names}, {"fitted_on", calibration.record_ids}};
  write_text_file(out / "index.json", index.dump(1) + "\n");
}

Index read_index(const std::filesystem::path& out) {
  const std::filesystem::path file = out / "index.json";
  const Json json = read_json_file(file);
  ObjectReader reader(json, file.string());
  Index index{.runs = {}, .suites = {}, .fitted_on = reader.texts("fitted_on")};
  for (const Json& run : list_of(reader, "runs")) index.runs.push_back(parse_entry(run, reader.where("runs")));
  for (const Json& suite : list_of(reader, "suites"))
    index.suites.push_back(parse_suite_name(suite, reader.where("suites")));
  reader.finish();
  return index;
}

std::vector<PricedRow> read_priced_rows(const std::filesystem::path& file) {
  std::vector<PricedRow> rows;
  for_each_line(file,
                [&](const Json& json, const std::string& where) { rows.push_back(parse_priced_row(json, where)); });
  return rows;
}

}  // namespace ringtrue::simgrid
