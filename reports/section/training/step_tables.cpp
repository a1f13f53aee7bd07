// Times of the steps of one network and batch on one system, and what they are made of.
#include <fmt/format.h>

#include "experiment/training/step_metrics.hpp"
#include "reports/format.hpp"
#include "reports/section/training/steps.hpp"

namespace ringtrue {
namespace {

using Cells = std::vector<std::string>;

const Phases no_phases{};

const Phases& measured_phases(const StepRow& row) {
  return row.measured->training ? row.measured->training->phases : no_phases;
}

std::string measured_step(const MeasuredRow& row) { return format_time_interval(row.median, row.interval_s); }

/// With the middle half of the launches.
std::string measured_part(const StepRow& row, const std::string& part) {
  const std::optional<Seconds> time = part_of(measured_phases(row), part);
  if (!time) return "-";
  const auto& halves = row.measured->training->middle_half_s;
  const auto half = halves.find(part);
  return half == halves.end() ? format_time(*time) : format_time_interval(*time, half->second);
}

/// Share of the step that is exposed, where it is known.
std::string overhead_cell(const Phases& phases, Seconds step) {
  return phases.contains("exposed") && step > Seconds{0} ? format_percent(overhead_of(phases, step)) : "-";
}

Cells time_row(const StepRow& row, const Pair* pair, const std::string& variant) {
  const Phases& measured = measured_phases(row);
  const Phases& simulated = pair == nullptr ? no_phases : pair->phases;
  Cells cells{format_scale(row.measured->experiment.ranks), variant, pair == nullptr ? "-" : pair->model,
              measured_step(*row.measured), simulated_step(pair)};
  for (const char* part : {"compute", "communication", "exposed", "waiting"}) {
    cells.push_back(measured_part(row, part));
    cells.push_back(predicted_cell(part_of(simulated, part), part_of(measured, part)));
  }
  cells.insert(
      cells.end(),
      {overhead_cell(measured, row.measured->median), pair == nullptr ? "-" : overhead_cell(simulated, pair->simulated),
       rate_cell(measured_images(*row.measured)), pair == nullptr ? "-" : rate_cell(simulated_images(*pair))});
  return cells;
}

Table time_table(const StepGroup& group) {
  Table table{{{"scale"}, {"overlap"}, {"predicted by"}}, {}};
  for (const char* name :
       {"step measured [95 %]", "step predicted (error)", "compute measured [middle half]", "compute predicted (error)",
        "communication measured [middle half]", "communication predicted (error)", "exposed measured [middle half]",
        "exposed predicted (error)", "waiting measured [middle half]", "waiting predicted (error)", "overhead measured",
        "overhead predicted", "images/s measured", "images/s predicted"})
    table.columns.push_back({name, Align::right});
  const std::vector<TrainingStep> steps = steps_of(group);
  for (const StepRow& row : group.rows) {
    const std::string variant = variant_name(step_of(row), steps);
    if (row.pairs.empty()) table.rows.push_back(time_row(row, nullptr, variant));
    for (const Pair* pair : row.pairs) table.rows.push_back(time_row(row, pair, variant));
  }
  return table;
}

/// Of every model, named if there are several.
std::string predicted_overlap(const StepRow& row) {
  if (row.pairs.size() == 1) return overlap_cell(row.pairs.front()->phases);
  std::string cell;
  for (const Pair* pair : row.pairs)
    cell += fmt::format("{}{}: {}", cell.empty() ? "" : "; ", pair->model, overlap_cell(pair->phases));
  return cell.empty() ? "-" : cell;
}

std::string loss_cell(const std::optional<LossRange>& losses) {
  return losses ? fmt::format("{:.4f} -> {:.4f}", losses->first, losses->last) : "-";
}

Cells detail_row(const StepRow& row, const std::string& variant) {
  const MeasuredRow& m = *row.measured;
  const TrainingDetails details = m.training.value_or(TrainingDetails{});
  const auto& steps = details.steps;
  const auto& alone = details.alone;
  return {format_scale(m.experiment.ranks),
          variant,
          steps ? format_time(steps->p50) : "-",
          steps ? format_time(steps->p95) : "-",
          steps ? fmt::format("{}", steps->samples) : "-",
          fmt::format("{}", m.launches),
          overlap_cell(details.phases),
          predicted_overlap(row),
          alone ? format_time(alone->time) : "-",
          alone ? format_ratio(alone->interference) : "-",
          loss_cell(details.losses),
          m.oversubscribed ? "yes" : "no"};
}

Table detail_table(const StepGroup& group) {
  Table table{{{"scale"},
               {"overlap"},
               {"step p50", Align::right},
               {"step p95", Align::right},
               {"steps timed", Align::right},
               {"launches", Align::right},
               {"overlap fraction measured", Align::right},
               {"overlap fraction predicted", Align::right},
               {"compute alone", Align::right},
               {"interference", Align::right},
               {"loss, first -> last step", Align::right},
               {"cores shared"}},
              {}};
  const std::vector<TrainingStep> steps = steps_of(group);
  for (const StepRow& row : group.rows) table.rows.push_back(detail_row(row, variant_name(step_of(row), steps)));
  return table;
}

}  // namespace

Blocks step_tables(const StepGroup& group) {
  const std::string shared = shared_name(steps_of(group));
  const std::string title =
      fmt::format("{}, {} a rank, on {}{}", group.network, count_of(static_cast<std::size_t>(group.batch), "image"),
                  group.system_id, shared.empty() ? "" : ": " + shared);
  return {Paragraph{{{title, true}}}, time_table(group), detail_table(group)};
}

}  // namespace ringtrue
