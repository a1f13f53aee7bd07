#include "reports/data_tables.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "experiment/bandwidth.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"

namespace ringtrue {
namespace {

using Cells = std::vector<std::string>;

std::string yes_no(bool value) { return value ? "true" : "false"; }

std::string place_of(const std::optional<bool>& in_place) { return in_place ? yes_no(*in_place) : ""; }

/// Key, ranks, bytes, algorithm, dtype, in_place; of training in_place is empty, of calibration subjects all three.
Cells experiment_cells(const Experiment& experiment) {
  Cells cells{experiment_key(experiment), fmt::format("{}", experiment.ranks),
              fmt::format("{}", message_bytes(experiment).count)};
  if (const TrainingStep* step = as_training(experiment)) {
    const Cells rest{std::string(to_string(step->algorithm)), std::string(to_string(DataType::float32)), ""};
    cells.insert(cells.end(), rest.begin(), rest.end());
    return cells;
  }
  const CollectiveRun* run = as_collective(experiment);
  if (run == nullptr) {
    cells.insert(cells.end(), 3, "");
    return cells;
  }
  cells.emplace_back(to_string(run->algorithm));
  cells.push_back(run->dtype ? std::string(to_string(*run->dtype)) : "");
  cells.push_back(place_of(run->in_place));
  return cells;
}

std::string busbw_of(const MeasuredRow& row) {
  const CollectiveRun* run = as_collective(row.experiment);
  if (run == nullptr) return "";
  return format_exact(busbw(run->collective, run->bytes, row.experiment.ranks, row.median).bytes_per_second);
}

Cells pair_cells(const Pair& pair) {
  Cells cells{pair.model, pair.published ? "published" : "measured", pair.system_id};
  const Cells experiment = experiment_cells(pair.experiment);
  cells.insert(cells.end(), experiment.begin(), experiment.end());
  const Cells rest{std::string(to_string(regime_of(pair.experiment))),
                   format_exact(pair.reference.count()),
                   pair.reference_sigma.count() > 0 ? format_exact(pair.reference_sigma.count()) : "",
                   format_exact(pair.simulated.count()),
                   format_exact(pair.ratio),
                   format_exact(error_of(pair)),
                   yes_no(pair.extrapolated),
                   pair.matched_any,
                   pair.how_read,
                   pair.reference_source};
  cells.insert(cells.end(), rest.begin(), rest.end());
  return cells;
}

int launches_in(const MeasuredRow& row, const std::string& state) {
  const auto found = row.states.find(state);
  return found == row.states.end() ? 0 : found->second;
}

Cells measured_cells(const MeasuredRow& row) {
  Cells cells{row.system_id};
  const Cells experiment = experiment_cells(row.experiment);
  cells.insert(cells.end(), experiment.begin(), experiment.end());
  const Cells rest{std::string(to_string(row.purpose)),
                   format_exact(row.median.count()),
                   format_exact(row.interval_s.lower),
                   format_exact(row.interval_s.upper),
                   busbw_of(row),
                   row.clock == Clock::mean_of_ranks ? "" : format_exact(row.local_max_median.count()),
                   std::string(to_string(row.clock)),
                   fmt::format("{}", row.launches),
                   fmt::format("{}", launches_in(row, "fast")),
                   fmt::format("{}", launches_in(row, "slow")),
                   fmt::format("{}", launches_in(row, "mixed")),
                   yes_no(row.oversubscribed),
                   yes_no(row.verified)};
  cells.insert(cells.end(), rest.begin(), rest.end());
  return cells;
}

}  // namespace

Table pair_table(const Comparison& comparison) {
  Table table{columns_of({"model", "reference", "system_id", "experiment", "ranks", "bytes", "algorithm", "dtype",
                          "in_place", "regime", "reference_s", "reference_sigma_s", "simulated_s", "ratio", "error",
                          "extrapolated", "matched_any", "how_read", "reference_source"}),
              {}};
  for (const Pair& pair : comparison.pairs) table.rows.push_back(pair_cells(pair));
  return table;
}

Table measured_table(const Comparison& comparison) {
  Table table{columns_of({"system_id",
                          "experiment",
                          "ranks",
                          "bytes",
                          "algorithm",
                          "dtype",
                          "in_place",
                          "purpose",
                          "median_s",
                          "interval_lower_s",
                          "interval_upper_s",
                          "busbw_bytes_per_s",
                          "local_max_median_s",
                          "clock",
                          "launches",
                          "launches_fast",
                          "launches_slow",
                          "launches_mixed",
                          "oversubscribed",
                          "verified"}),
              {}};
  for (const MeasuredRow& row : comparison.measured) table.rows.push_back(measured_cells(row));
  return table;
}

}  // namespace ringtrue
