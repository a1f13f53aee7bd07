#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "experiment/bandwidth.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

using Rows = std::vector<const MeasuredRow*>;
using Key = std::pair<std::string, std::string>;  // model or algorithm, and what identifies the row

/// Everything that stands in one row of the table, found by what was asked.
struct Index {
  std::map<Key, const Pair*> pairs;
  std::map<Key, const MeasuredRow*> library;  ///< By algorithm and the experiment without algorithm and segmentation.
};

struct Group {
  std::string system_id;
  int ranks = 0;
  Rows rows;
  std::vector<std::string> models;
  std::vector<std::string> algorithms;  ///< The library's, that measured the same experiments.
  bool bound = false;
};

/// What two algorithms must share to be compared.
std::string same_work_key(const MeasuredRow& row) {
  Experiment experiment = row.experiment;
  auto& run = std::get<CollectiveRun>(experiment.workload);
  run.algorithm = Algorithm::ring;
  run.segmentation.reset();
  return experiment_key(experiment) + " " + row.system_id;
}

std::string row_key(const Experiment& experiment, const std::string& system_id) {
  return experiment_key(experiment) + " " + system_id;
}

bool is_ring(const MeasuredRow& row) { return as_collective(row.experiment)->algorithm == Algorithm::ring; }

/// Our ring and the library's algorithms; the other schedules have a section of their own.
bool belongs_here(const MeasuredRow& row) {
  const CollectiveRun* run = as_collective(row.experiment);
  return run != nullptr && run->collective == Collective::all_reduce && (is_ring(row) || !is_ours(run->algorithm));
}

Index index_of(const Comparison& comparison) {
  Index index;
  for (const Pair& p : comparison.pairs)
    if (!p.published) index.pairs[{p.model, row_key(p.experiment, p.system_id)}] = &p;
  for (const MeasuredRow& row : comparison.measured)
    if (belongs_here(row) && !is_ring(row))
      index.library[{std::string(to_string(as_collective(row.experiment)->algorithm)), same_work_key(row)}] = &row;
  return index;
}

/// Rings, and what the library measured without a ring beside it: nothing measured is left out.
Rows rows_of(const Comparison& comparison) {
  std::set<std::string> rings;
  Rows rows;
  for (const MeasuredRow& row : comparison.measured)
    if (belongs_here(row) && is_ring(row)) rings.insert(same_work_key(row));
  for (const MeasuredRow& row : comparison.measured)
    if (belongs_here(row) && (is_ring(row) || !rings.contains(same_work_key(row)))) rows.push_back(&row);
  return rows;
}

bool listed_before(const MeasuredRow* a, const MeasuredRow* b) {
  const auto order = [](const MeasuredRow& row) {
    const CollectiveRun& run = *as_collective(row.experiment);
    return std::tuple(run.algorithm, run.dtype, run.in_place, run.bytes, experiment_key(row.experiment));
  };
  return order(*a) < order(*b);
}

/// Only columns that hold something.
void add_columns(Group& group, const Index& index, const std::vector<std::string>& models) {
  const auto predicts = [&](const std::string& model) {
    return std::ranges::any_of(group.rows, [&](const MeasuredRow* row) {
      return index.pairs.contains({model, row_key(row->experiment, row->system_id)});
    });
  };
  const auto measured = [&](Algorithm algorithm) {
    return std::ranges::any_of(group.rows, [&](const MeasuredRow* row) {
      return is_ring(*row) && index.library.contains({std::string(to_string(algorithm)), same_work_key(*row)});
    });
  };
  std::ranges::copy_if(models, std::back_inserter(group.models), predicts);
  group.bound = std::erase(group.models, bound_model) > 0;
  for (const Algorithm algorithm : {Algorithm::library, Algorithm::library_ring})
    if (measured(algorithm)) group.algorithms.emplace_back(to_string(algorithm));
}

std::vector<Group> groups_of(const Comparison& comparison, const Index& index) {
  std::map<std::pair<std::string, int>, Group> groups;
  for (const MeasuredRow* row : rows_of(comparison)) {
    Group& group = groups[{row->system_id, row->experiment.ranks}];
    group.system_id = row->system_id;
    group.ranks = row->experiment.ranks;
    group.rows.push_back(row);
  }
  const std::vector<std::string> all_models = models(comparison);
  std::vector<Group> ordered;
  for (auto& [key, group] : groups) {
    std::ranges::sort(group.rows, listed_before);
    add_columns(group, index, all_models);
    ordered.push_back(std::move(group));
  }
  return ordered;
}

/// `ring float32 in place seg 65536x2`.
std::string description_of(const MeasuredRow& row) {
  const CollectiveRun& run = *as_collective(row.experiment);
  std::string text(to_string(run.algorithm));
  if (run.dtype) text += fmt::format(" {}", to_string(*run.dtype));
  if (run.in_place) text += *run.in_place ? " in place" : " out of place";
  if (run.segmentation) text += fmt::format(" seg {}x{}", run.segmentation->segment.count, run.segmentation->in_flight);
  return row.purpose == Purpose::score ? text : text + " (not scored)";
}

std::string states_of(const MeasuredRow& row) {
  std::string text;
  for (const auto& [state, launches] : row.states)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", state, launches);
  return text.empty() ? "-" : text;
}

const Pair* pair_of(const Index& index, const std::string& model, const MeasuredRow& row) {
  const auto found = index.pairs.find({model, row_key(row.experiment, row.system_id)});
  return found == index.pairs.end() ? nullptr : found->second;
}

std::string prediction_cell(const Pair* pair) {
  if (pair == nullptr) return "-";
  return fmt::format("{} ({}{})", format_time(pair->simulated), format_signed_percent(error_of(*pair)),
                     pair->extrapolated ? ", extrapolated" : "");
}

std::string library_cell(const Index& index, const std::string& algorithm, const MeasuredRow& row) {
  const auto found = index.library.find({algorithm, same_work_key(row)});
  return found == index.library.end() || !is_ring(row) ? "-" : format_time(found->second->median);
}

std::vector<std::string> row_of(const Group& group, const Index& index, const MeasuredRow& row) {
  const CollectiveRun& run = *as_collective(row.experiment);
  std::vector<std::string> cells{
      format_scale(group.ranks), description_of(row), to_string(run.bytes),
      format_time_interval(row.median, row.interval_s),
      format_gigabytes_per_second(busbw(run.collective, run.bytes, group.ranks, row.median))};
  for (const std::string& model : group.models) cells.push_back(prediction_cell(pair_of(index, model, row)));
  if (group.bound) {
    const Pair* bound = pair_of(index, std::string(bound_model), row);
    cells.push_back(bound == nullptr ? "-" : format_time(bound->simulated));
  }
  for (const std::string& algorithm : group.algorithms) cells.push_back(library_cell(index, algorithm, row));
  cells.push_back(fmt::format("{}", row.launches));
  cells.push_back(states_of(row));
  return cells;
}

Table table_of(const Group& group, const Index& index) {
  Table table{{{"scale"},
               {"experiment"},
               {"message", Align::right},
               {"measured [95 %]", Align::right},
               {"busbw GB/s", Align::right}},
              {}};
  for (const std::string& model : group.models) table.columns.push_back({model + " (error)", Align::right});
  if (group.bound) table.columns.push_back({"bandwidth bound", Align::right});
  for (const std::string& algorithm : group.algorithms)
    table.columns.push_back({"measured " + algorithm, Align::right});
  table.columns.push_back({"launches", Align::right});
  table.columns.push_back({"states"});
  for (const MeasuredRow* row : group.rows) table.rows.push_back(row_of(group, index, *row));
  return table;
}

}  // namespace

Section all_reduce_section(const Comparison& comparison) {
  const Index index = index_of(comparison);
  const std::vector<Group> groups = groups_of(comparison, index);
  Section section{"All-Reduce", {}};
  if (groups.empty()) section.blocks.emplace_back(Paragraph{{{"No All-Reduce was measured."}}});
  for (const Group& group : groups) {
    section.blocks.emplace_back(Paragraph{
        {{fmt::format("System {}, {}", group.system_id, count_of(static_cast<std::size_t>(group.ranks), "rank")),
          true}}});
    section.blocks.emplace_back(table_of(group, index));
  }
  return section;
}

}  // namespace ringtrue
