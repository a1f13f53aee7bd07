// The study of bucket sizes: steps that differ in their buckets, beside each other.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "experiment/training/step_metrics.hpp"
#include "reports/format.hpp"
#include "reports/section/training/steps.hpp"

namespace ringtrue {
namespace {

/// Ranks and the experiment without its buckets.
using BucketQuestion = std::pair<int, std::string>;

BucketQuestion question_of(const StepRow& row) {
  Experiment any = row.measured->experiment;
  std::get<TrainingStep>(any.workload).buckets = {BucketRule::one, {}, {}};
  return {any.ranks, experiment_key(any)};
}

/// Nothing recorded: `-`.
std::string bucket_count(const Phases& phases) {
  const auto count = std::ranges::count_if(
      phases, [](const auto& phase) { return phase.first.starts_with("bucket/") && phase.first.ends_with("/ready"); });
  return count == 0 ? "-" : fmt::format("{}", count);
}

std::vector<std::string> bucket_row(const StepRow& row, const Pair* pair) {
  const TrainingStep& step = step_of(row);
  const Phases measured = row.measured->training ? row.measured->training->phases : Phases{};
  const Phases predicted = pair == nullptr ? Phases{} : pair->phases;
  return {format_scale(row.measured->experiment.ranks),
          fmt::format("{}{}", to_string(step.overlap), step.sharded ? ", sharded" : ""),
          buckets_name(step.buckets),
          bucket_count(measured),
          format_time(row.measured->median),
          pair == nullptr ? "-" : pair->model,
          simulated_step(pair),
          time_cell(part_of(measured, "exposed")),
          predicted_cell(part_of(predicted, "exposed"), part_of(measured, "exposed")),
          overlap_cell(measured),
          overlap_cell(predicted)};
}

Table bucket_table(const StepGroup& group) {
  Table table{{{"scale"},
               {"overlap"},
               {"buckets"},
               {"how many", Align::right},
               {"step measured", Align::right},
               {"predicted by"},
               {"step predicted (error)", Align::right},
               {"exposed measured", Align::right},
               {"exposed predicted (error)", Align::right},
               {"overlap fraction measured", Align::right},
               {"overlap fraction predicted", Align::right}},
              {}};
  std::map<BucketQuestion, std::vector<const StepRow*>> questions;
  for (const StepRow& row : group.rows) questions[question_of(row)].push_back(&row);
  for (const auto& [question, rows] : questions) {
    if (rows.size() < 2 || question.first < 2) continue;
    for (const StepRow* row : rows) {
      if (row->pairs.empty()) table.rows.push_back(bucket_row(*row, nullptr));
      for (const Pair* pair : row->pairs) table.rows.push_back(bucket_row(*row, pair));
    }
  }
  return table;
}

}  // namespace

Blocks bucket_tables(const std::vector<StepGroup>& groups) {
  Blocks blocks;
  for (const StepGroup& group : groups) {
    Table table = bucket_table(group);
    if (table.rows.empty()) continue;
    const std::string title = fmt::format("Sizes of buckets: {}, {} a rank, on {}", group.network,
                                          count_of(static_cast<std::size_t>(group.batch), "image"), group.system_id);
    blocks.emplace_back(Paragraph{{{title, true}}});
    blocks.emplace_back(std::move(table));
  }
  return blocks;
}

}  // namespace ringtrue
