#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/section/sections.hpp"
#include "reports/section/training/steps.hpp"

namespace ringtrue {
namespace {

const char* const lead =
    "Every rank trains the same network on images of its own; gradients are summed over the ranks, bucket by bucket, "
    "in each step. What is measured here is compared with what the models say of it, in time and in what the time is "
    "made of.";

BulletList definitions() {
  return {{
      "step: one forward, backward, exchange of the gradients and update, from the first rank's start to the last "
      "rank's end; median over the steps of a launch, then over launches. Error: predicted / measured - 1.",
      "step = compute + exposed + waiting on every rank. They and communication are means over ranks, then medians "
      "over the steps of a launch, then medians over launches, so that they add up nearly. In brackets, between which "
      "times the middle half of the launches lies: where that is wide, as waiting for whichever rank was slower "
      "differs, so is what an error can say.",
      "compute: forward + backward + update, while other ranks compute and buckets are exchanged.",
      "communication: the sum over buckets of what their exchange takes, hidden or not, from when the last rank has "
      "begun it: the shortest time of all ranks.",
      "waiting: for slower ranks, with nothing to compute: from when this rank begins an exchange behind its backward "
      "pass to when the last one does. It comes from ranks that differ in speed, not from the exchange.",
      "exposed communication: what the step takes beyond compute and waiting.",
      "overhead = exposed / step.",
      "overlap fraction = 1 - exposed / communication: the share of the communication that computing hides.",
      "images/s = images a rank x ranks / step; measured, the step is p50, the median over all steps of all launches.",
      "efficiency = (images/s / ranks) / (images/s of the base / ranks of the base). The base is the row of the fewest "
      "ranks with the same batch a rank (weak scaling) or the same batch of all ranks (strong scaling); of several the "
      "one of most images/s. A prediction's efficiency has the prediction of the same row as its base.",
      "interference = compute in the step / compute alone, launch by launch, median: above 1, exchanging slows "
      "computing. Compute alone is the layer profile of the same batch on as many ranks, which compute at the same "
      "time and exchange nothing.",
      "cores shared: more ranks than cores, so that ranks take turns. Against a base with a core a rank the efficiency "
      "is then about cores / ranks at best.",
      "overlap: none exchanges after backward, thread in a thread of its own during it, polling between its layers.",
      "buckets: the bytes that close the first and all other buckets, or one for each layer, or one for all.",
      "sharded: a bucket's gradients are reduced and scattered, each rank updates its share of the parameters, and "
      "those are gathered; not sharded: the gradients are all-reduced.",
  }};
}

bool is_training(const Aggregate& a) { return a.regime == Regime::training && !a.published; }

std::string verdict_cell(const Comparison& comparison, const Aggregate& a) {
  for (const Verdict& v : comparison.verdicts)
    if (v.regime == Regime::training && v.model == a.model && v.system_id == a.system_id && v.ranks == a.ranks)
      return fmt::format("{} (budget {})", to_string(v.outcome), format_percent(v.budget));
  return "-";
}

Table accuracy_table(const Comparison& comparison) {
  Table table{{{"model"},
               {"system"},
               {"scale"},
               {"kinds of step", Align::right},
               {"launches", Align::right},
               {"log error [95 %]", Align::right},
               {"bias", Align::right},
               {"noise floor", Align::right},
               {"worst", Align::right},
               {"verdict"}},
              {}};
  for (const Aggregate& a : comparison.aggregates)
    if (is_training(a))
      table.rows.push_back({a.model, a.system_id, format_scale(a.ranks), fmt::format("{}", a.rows),
                            fmt::format("{}", a.launches), format_percent_interval(a.log_error, a.log_error_interval),
                            format_signed_percent(a.bias), format_percent(a.noise_floor),
                            format_signed_percent(a.worst), verdict_cell(comparison, a)});
  return table;
}

void append(Section& section, Blocks blocks) {
  section.blocks.insert(section.blocks.end(), std::make_move_iterator(blocks.begin()),
                        std::make_move_iterator(blocks.end()));
}

}  // namespace

Blocks training_accuracy(const Comparison& comparison) {
  Table table = accuracy_table(comparison);
  if (table.rows.empty()) return {};
  return {
      Paragraph{{{"Accuracy of the step time.", true},
                 {" Log error, bias and noise floor are defined under \"Per-scale accuracy\"; training steps count in "
                  "no number there, and collectives in none here."}}},
      std::move(table)};
}

bool has_training(const Comparison& comparison) {
  return !comparison.training_predictions.empty() ||
         std::ranges::any_of(comparison.measured,
                             [](const MeasuredRow& row) { return as_training(row.experiment) != nullptr; });
}

Section training_section(const Comparison& comparison) {
  Section section{"Data-parallel training", {Paragraph{{{lead}}}, definitions()}};
  append(section, training_accuracy(comparison));
  const std::vector<StepGroup> groups = step_groups(comparison);
  for (const StepGroup& group : groups) append(section, step_tables(group));
  append(section, scaling_tables(groups));
  append(section, bucket_tables(groups));
  append(section, choice_tables(comparison));
  append(section, predicted_tables(comparison));
  return section;
}

}  // namespace ringtrue
