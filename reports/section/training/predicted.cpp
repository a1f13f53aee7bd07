// Steps that were predicted and that nobody measured: scaling under an assumption.
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "experiment/training/step_metrics.hpp"
#include "reports/format.hpp"
#include "reports/section/training/steps.hpp"

namespace ringtrue {
namespace {

using Predictions = std::vector<const TrainingPrediction*>;

const TrainingStep& step_of(const TrainingPrediction& p) { return *as_training(p.experiment); }

double images_of(const TrainingPrediction& p) { return images_per_second(step_of(p), p.experiment.ranks, p.time); }

/// Of the same network and batch a rank the fewest ranks, of several the fastest; nothing if those are this one's.
const TrainingPrediction* base_of(const TrainingPrediction& p, const Predictions& all) {
  const TrainingPrediction* base = nullptr;
  for (const TrainingPrediction* other : all) {
    if (step_of(*other).model != step_of(p).model || step_of(*other).batch != step_of(p).batch) continue;
    const auto key = [](const TrainingPrediction& x) { return std::pair(x.experiment.ranks, x.time); };
    if (base == nullptr || key(*other) < key(*base)) base = other;
  }
  return base == nullptr || base->experiment.ranks == p.experiment.ranks ? nullptr : base;
}

std::string efficiency_cell(const TrainingPrediction& p, const TrainingPrediction* base) {
  if (base == nullptr) return "-";
  const double efficiency =
      scaling_efficiency(images_of(p), p.experiment.ranks, images_of(*base), base->experiment.ranks);
  return fmt::format("{} (base {})", format_percent(efficiency), format_scale(base->experiment.ranks));
}

Table predicted_table(const Predictions& all) {
  Table table{{{"scale"},
               {"network"},
               {"images a rank", Align::right},
               {"overlap"},
               {"step", Align::right},
               {"compute", Align::right},
               {"communication", Align::right},
               {"exposed", Align::right},
               {"overhead", Align::right},
               {"images/s", Align::right},
               {"efficiency", Align::right}},
              {}};
  std::vector<TrainingStep> steps;
  for (const TrainingPrediction* p : all) steps.push_back(step_of(*p));
  for (const TrainingPrediction* p : all)
    table.rows.push_back({format_scale(p->experiment.ranks), step_of(*p).model, fmt::format("{}", step_of(*p).batch),
                          variant_name(step_of(*p), steps), format_time(p->time),
                          time_cell(part_of(p->phases, "compute")), time_cell(part_of(p->phases, "communication")),
                          time_cell(part_of(p->phases, "exposed")),
                          p->phases.contains("exposed") ? format_percent(overhead_of(p->phases, p->time)) : "-",
                          rate_cell(images_of(*p)), efficiency_cell(*p, base_of(*p, all))});
  return table;
}

Paragraph title_of(const TrainingPrediction& p) {
  const std::string assumption = p.assumption.empty()
                                     ? "Its file does not say where the compute times come from (compute_assumption), "
                                       "so these numbers are not to be quoted."
                                     : "Assumption about computing: " + p.assumption + ".";
  return {{{fmt::format("Prediction, not measured: {} on {}.", p.model, p.system_id), true}, {" " + assumption}}};
}

}  // namespace

Blocks predicted_tables(const Comparison& comparison) {
  std::map<std::pair<std::string, std::string>, Predictions> groups;
  for (const TrainingPrediction& p : comparison.training_predictions) groups[{p.system_id, p.model}].push_back(&p);
  Blocks blocks;
  for (auto& [place, group] : groups) {
    std::ranges::stable_sort(group, {}, [](const TrainingPrediction* p) {
      return std::tuple(step_of(*p).model, step_of(*p).batch, p->experiment.ranks);
    });
    blocks.emplace_back(title_of(*group.front()));
    blocks.emplace_back(predicted_table(group));
  }
  return blocks;
}

}  // namespace ringtrue
