#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "validate/comparison.hpp"

namespace ringtrue {

/// One kind of step, measured, and what the models say of it.
struct StepRow {
  const MeasuredRow* measured = nullptr;
  std::vector<const Pair*> pairs;  ///< By name of the model; empty if none was compared.
};

/// All steps of one network and batch on one system, in order of ranks, overlap, buckets.
struct StepGroup {
  std::string system_id;
  std::string network;
  int batch = 0;
  std::vector<StepRow> rows;
};

/// Of all verified and unverified, scored and shown rows. The groups point into the comparison.
std::vector<StepGroup> step_groups(const Comparison& comparison);

const TrainingStep& step_of(const StepRow& row);
/// `1 MiB, then 25 MiB`, `one per layer`, `one for all`.
std::string buckets_name(const Bucketing& buckets);
/// `ring in segments of 1 MiB, 2 in flight`
std::string exchange_name(const TrainingStep& step);
/// Overlap, and of buckets, exchange and sharding what the others do not all share: `thread, one per layer`.
std::string variant_name(const TrainingStep& step, const std::vector<TrainingStep>& others);
std::vector<TrainingStep> steps_of(const StepGroup& group);
/// The rest: `library; buckets 1 MiB, then 25 MiB`.
std::string shared_name(const std::vector<TrainingStep>& steps);

/// The buckets or the overlap of a step that a ranking asks about.
std::string answer_of(const AlgorithmTime& time, TrainingChoice question);

/// The time that images/s are taken from: p50 of all samples, or without samples the median over launches.
Seconds typical_step(const MeasuredRow& row);
double measured_images(const MeasuredRow& row);
double simulated_images(const Pair& pair);

/// How a number reads, or `-`.
std::string time_cell(const std::optional<Seconds>& time);
/// `412.0 ms (+3.00 %)`; without brackets where there is nothing to compare with or it is zero.
std::string predicted_cell(const std::optional<Seconds>& simulated, const std::optional<Seconds>& measured);
/// Three significant digits.
std::string rate_cell(double images_per_second);

/// 1 - exposed / communication, or `-`.
std::string overlap_cell(const Phases& phases);
/// The prediction with its error, or `-` for nullptr.
std::string simulated_step(const Pair* pair);

// The blocks of the section; each is empty where nothing is to be said.
using Blocks = std::vector<Block>;
Blocks training_accuracy(const Comparison& comparison);
Blocks step_tables(const StepGroup& group);
Blocks scaling_tables(const std::vector<StepGroup>& groups);
Blocks bucket_tables(const std::vector<StepGroup>& groups);
Blocks choice_tables(const Comparison& comparison);
Blocks predicted_tables(const Comparison& comparison);

}  // namespace ringtrue
