#include "reports/training_data.hpp"

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "experiment/training/step_metrics.hpp"
#include "reports/format.hpp"
#include "reports/section/training/steps.hpp"

namespace ringtrue {
namespace {

using Cells = std::vector<std::string>;

/// A step, measured, predicted, or both.
struct Line {
  const Experiment* experiment = nullptr;
  std::string system_id;
  const MeasuredRow* measured = nullptr;
  std::string model;
  std::optional<Seconds> simulated{};
  const Phases* phases = nullptr;  ///< Predicted.
};

std::vector<Line> lines_of(const Comparison& comparison) {
  std::vector<Line> lines;
  for (const StepGroup& group : step_groups(comparison))
    for (const StepRow& row : group.rows) {
      const Experiment* experiment = &row.measured->experiment;
      if (row.pairs.empty()) lines.push_back({experiment, group.system_id, row.measured, "", {}, nullptr});
      for (const Pair* p : row.pairs)
        lines.push_back({experiment, group.system_id, row.measured, p->model, p->simulated, &p->phases});
    }
  for (const TrainingPrediction& p : comparison.training_predictions)
    lines.push_back({&p.experiment, p.system_id, nullptr, p.model, p.time, &p.phases});
  return lines;
}

std::string cell_of(const std::optional<Seconds>& time) { return time ? format_exact(time->count()) : ""; }

const Phases* measured_phases(const Line& line) {
  return line.measured != nullptr && line.measured->training ? &line.measured->training->phases : nullptr;
}

std::string part_cell(const Phases* phases, const std::string& part) {
  return phases == nullptr ? "" : cell_of(part_of(*phases, part));
}

Cells identity_of(const Line& line) {
  const TrainingStep& step = *as_training(*line.experiment);
  return {line.system_id,
          line.model,
          experiment_key(*line.experiment),
          step.model,
          fmt::format("{}", step.batch),
          fmt::format("{}", line.experiment->ranks),
          std::string(to_string(step.overlap)),
          buckets_name(step.buckets),
          std::string(to_string(step.algorithm)),
          step.sharded ? "true" : "false"};
}

Cells detail_cells(const MeasuredRow* row) {
  const TrainingDetails d = row != nullptr && row->training ? *row->training : TrainingDetails{};
  return {d.steps ? format_exact(d.steps->p50.count()) : "",  d.steps ? format_exact(d.steps->p95.count()) : "",
          d.steps ? fmt::format("{}", d.steps->samples) : "", row == nullptr ? "" : format_exact(measured_images(*row)),
          d.alone ? format_exact(d.alone->time.count()) : "", d.alone ? format_exact(d.alone->interference) : "",
          d.losses ? format_exact(d.losses->first) : "",      d.losses ? format_exact(d.losses->last) : ""};
}

Cells training_cells(const Line& line) {
  Cells cells = identity_of(line);
  const MeasuredRow* row = line.measured;
  cells.insert(cells.end(), {row == nullptr ? "" : format_exact(row->median.count()),
                             row == nullptr ? "" : format_exact(row->interval_s.lower),
                             row == nullptr ? "" : format_exact(row->interval_s.upper), cell_of(line.simulated)});
  for (const char* part : {"forward", "backward", "update", "communication", "exposed", "waiting"}) {
    cells.push_back(part_cell(measured_phases(line), part));
    cells.push_back(part_cell(line.phases, part));
  }
  const Cells details = detail_cells(row);
  cells.insert(cells.end(), details.begin(), details.end());
  return cells;
}

/// Of both sides.
std::set<std::string> phase_names(const Line& line) {
  std::set<std::string> names;
  for (const Phases* phases : {measured_phases(line), line.phases})
    if (phases != nullptr)
      for (const auto& [name, time] : *phases) names.insert(name);
  return names;
}

}  // namespace

Table training_table(const Comparison& comparison) {
  Table table{columns_of({"system_id",       "model",
                          "experiment",      "network",
                          "batch",           "ranks",
                          "overlap",         "buckets",
                          "algorithm",       "sharded",
                          "step_s",          "step_lower_s",
                          "step_upper_s",    "step_simulated_s",
                          "forward_s",       "forward_simulated_s",
                          "backward_s",      "backward_simulated_s",
                          "update_s",        "update_simulated_s",
                          "communication_s", "communication_simulated_s",
                          "exposed_s",       "exposed_simulated_s",
                          "waiting_s",       "waiting_simulated_s",
                          "step_p50_s",      "step_p95_s",
                          "steps_timed",     "images_per_s",
                          "compute_alone_s", "interference",
                          "loss_first",      "loss_last"}),
              {}};
  for (const Line& line : lines_of(comparison)) table.rows.push_back(training_cells(line));
  return table;
}

Table phase_table(const Comparison& comparison) {
  Table table{columns_of({"system_id", "model", "experiment", "phase", "measured_s", "simulated_s"}), {}};
  for (const Line& line : lines_of(comparison))
    for (const std::string& name : phase_names(line))
      table.rows.push_back({line.system_id, line.model, experiment_key(*line.experiment), name,
                            part_cell(measured_phases(line), name), part_cell(line.phases, name)});
  return table;
}

}  // namespace ringtrue
