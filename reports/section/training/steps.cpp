#include "reports/section/training/steps.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "experiment/training/step_metrics.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"

namespace ringtrue {
namespace {

/// Experiment and system; the key sorts overlap and buckets.
using StepKey = std::pair<std::string, std::string>;

std::map<StepKey, std::vector<const Pair*>> pairs_by_step(const Comparison& comparison) {
  std::map<StepKey, std::vector<const Pair*>> pairs;
  for (const Pair& p : comparison.pairs)
    if (!p.published && as_training(p.experiment) != nullptr)
      pairs[{experiment_key(p.experiment), p.system_id}].push_back(&p);
  for (auto& [key, list] : pairs) std::ranges::stable_sort(list, {}, &Pair::model);
  return pairs;
}

auto shown_order(const StepRow& row) {
  const TrainingStep& s = step_of(row);
  const Bucketing& b = s.buckets;
  return std::tuple(row.measured->experiment.ranks, s.sharded, s.overlap, s.algorithm, b.rule, b.first, b.cap,
                    experiment_key(row.measured->experiment));
}

bool same_exchange(const TrainingStep& a, const TrainingStep& b) {
  return a.algorithm == b.algorithm && a.segmentation == b.segmentation;
}

}  // namespace

std::vector<StepGroup> step_groups(const Comparison& comparison) {
  const auto pairs = pairs_by_step(comparison);
  std::map<std::tuple<std::string, std::string, int>, StepGroup> groups;
  for (const MeasuredRow& row : comparison.measured) {
    const TrainingStep* step = as_training(row.experiment);
    if (step == nullptr) continue;
    StepGroup& group = groups[{row.system_id, step->model, step->batch}];
    group.system_id = row.system_id;
    group.network = step->model;
    group.batch = step->batch;
    const auto found = pairs.find({experiment_key(row.experiment), row.system_id});
    group.rows.push_back({&row, found == pairs.end() ? std::vector<const Pair*>{} : found->second});
  }
  std::vector<StepGroup> all;
  for (auto& [key, group] : groups) {
    std::ranges::stable_sort(group.rows, {}, shown_order);
    all.push_back(std::move(group));
  }
  return all;
}

const TrainingStep& step_of(const StepRow& row) { return *as_training(row.measured->experiment); }

std::string buckets_name(const Bucketing& buckets) {
  switch (buckets.rule) {
    case BucketRule::capped:
      return buckets.first == buckets.cap
                 ? to_string(buckets.cap)
                 : fmt::format("{}, then {}", to_string(buckets.first), to_string(buckets.cap));
    case BucketRule::per_layer: return "one per layer";
    case BucketRule::one: return "one for all";
  }
  throw std::logic_error("buckets_name: not a rule");
}

std::string exchange_name(const TrainingStep& step) {
  std::string name(to_string(step.algorithm));
  if (step.segmentation)
    name += fmt::format(" in segments of {}, {} in flight", to_string(step.segmentation->segment),
                        step.segmentation->in_flight);
  return name;
}

std::string variant_name(const TrainingStep& step, const std::vector<TrainingStep>& others) {
  const auto all = [&](auto same) { return std::ranges::all_of(others, same); };
  std::string name(to_string(step.overlap));
  if (!all([&](const TrainingStep& s) { return s.buckets == step.buckets; }))
    name += ", buckets " + buckets_name(step.buckets);
  if (!all([&](const TrainingStep& s) { return same_exchange(s, step); })) name += ", " + exchange_name(step);
  if (step.sharded && !all([&](const TrainingStep& s) { return s.sharded; })) name += ", sharded";
  return name;
}

std::vector<TrainingStep> steps_of(const StepGroup& group) {
  std::vector<TrainingStep> steps;
  for (const StepRow& row : group.rows) steps.push_back(step_of(row));
  return steps;
}

std::string shared_name(const std::vector<TrainingStep>& steps) {
  const TrainingStep& first = steps.front();
  std::string name;
  const auto add = [&](const std::string& part) { name += (name.empty() ? "" : "; ") + part; };
  if (std::ranges::all_of(steps, [&](const TrainingStep& s) { return same_exchange(s, first); }))
    add(exchange_name(first));
  if (std::ranges::all_of(steps, [&](const TrainingStep& s) { return s.buckets == first.buckets; }))
    add("buckets " + buckets_name(first.buckets));
  if (std::ranges::all_of(steps, &TrainingStep::sharded)) add("sharded");
  return name;
}

std::string answer_of(const AlgorithmTime& time, TrainingChoice question) {
  switch (question) {
    case TrainingChoice::buckets: return buckets_name(as_training(time.experiment)->buckets);
    case TrainingChoice::overlap: return std::string(to_string(as_training(time.experiment)->overlap));
  }
  throw std::logic_error("answer_of: not a question");
}

Seconds typical_step(const MeasuredRow& row) {
  return row.training && row.training->steps ? row.training->steps->p50 : row.median;
}

double measured_images(const MeasuredRow& row) {
  return images_per_second(*as_training(row.experiment), row.experiment.ranks, typical_step(row));
}

double simulated_images(const Pair& pair) {
  return images_per_second(*as_training(pair.experiment), pair.experiment.ranks, pair.simulated);
}

std::string time_cell(const std::optional<Seconds>& time) { return time ? format_time(*time) : "-"; }

std::string predicted_cell(const std::optional<Seconds>& simulated, const std::optional<Seconds>& measured) {
  if (!simulated || !measured || *measured <= Seconds{0}) return time_cell(simulated);
  return fmt::format("{} ({})", format_time(*simulated), format_signed_percent(*simulated / *measured - 1));
}

std::string rate_cell(double images_per_second) { return format_ratio(images_per_second); }

std::string overlap_cell(const Phases& phases) {
  if (!phases.contains("exposed")) return "-";
  const std::optional<double> fraction = overlap_fraction(phases);
  return fraction ? format_percent(*fraction) : "-";
}

std::string simulated_step(const Pair* pair) {
  if (pair == nullptr) return "-";
  return fmt::format("{} ({}{})", format_time(pair->simulated), format_signed_percent(error_of(*pair)),
                     pair->extrapolated ? ", extrapolated" : "");
}

}  // namespace ringtrue
