// The pipeline: gather launches and predictions, refuse what was fitted on, join, aggregate, decide, hint.
#include "validate/compare.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "validate/ablation.hpp"
#include "validate/aggregate.hpp"
#include "validate/gate/lint.hpp"
#include "validate/gate/verdict.hpp"
#include "validate/join/join.hpp"
#include "validate/ranking/training_ranking.hpp"
#include "validate/replication/lint.hpp"
#include "validate/ring_ratio.hpp"
#include "validate/training/predictions.hpp"

namespace ringtrue {
namespace {

template <class File>
void list_files(const std::vector<File>& files, const std::string& role, std::vector<InputFile>& inputs) {
  for (const File& file : files) inputs.push_back({.role = role, .name = file.name, .hash = file.hash});
}

template <class T>
void append(std::vector<T>& all, std::vector<T> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Comparison describe(const Inputs& inputs, const Budgets& settings) {
  Comparison c;
  c.seed = settings.seed;
  c.geomean_epsilon = settings.geomean_epsilon;
  c.least_launches = settings.least_launches;
  c.precision = inputs.precision;
  list_files(inputs.measured, "measured", c.inputs);
  list_files(inputs.published, "published", c.inputs);
  list_files(inputs.simulated, "simulated", c.inputs);
  list_files(inputs.replicated, "replicated", c.inputs);
  if (inputs.budgets) c.inputs.push_back({.role = "budgets", .name = settings.name, .hash = settings.hash});
  for (const RecordFile& file : inputs.measured) {
    append(c.measured_contexts, file.contexts);
    append(c.warnings, file.warnings);
  }
  for (const RecordFile& file : inputs.simulated) append(c.warnings, file.warnings);
  for (const PublishedFile& file : inputs.published) append(c.scalars, file.scalars);
  c.published_sources = sources_of(inputs.published);
  c.spreads = spreads_of(inputs.published);
  for (const ReplicationFile& file : inputs.replicated) c.replications.push_back(file.replication);
  return c;
}

std::vector<JoinedRow> join(const Inputs& inputs, const Budgets& settings, const Campaign& campaign,
                            const std::map<std::string, Predictor>& models, Comparison& c) {
  Joined joined = join_measured(campaign, models, settings);
  Joined published = join_published(inputs.published, models, settings.seed);
  append(c.unpaired, joined.unpaired);
  append(c.unpaired, published.unpaired);
  append(c.warnings, joined.warnings);
  std::vector<JoinedRow> rows = std::move(joined.rows);
  append(rows, std::move(published.rows));
  append(c.unpaired, unpaired_predictions(models, campaign, rows));
  return rows;
}

void take_rows(std::vector<JoinedRow> rows, Comparison& c) {
  c.aggregates = aggregate(rows, c.geomean_epsilon);
  c.pairs.reserve(rows.size());
  for (JoinedRow& row : rows) {
    c.replicates = std::max(c.replicates, static_cast<int>(row.resampled.joint.size()));
    c.pairs.push_back(std::move(row.pair));
  }
  c.published_scores = published_scores(c.pairs);
}

}  // namespace

Comparison without_ablations(Comparison c) {
  const auto erase = [](auto& values) { std::erase_if(values, [](const auto& v) { return is_ablation(v.model); }); };
  erase(c.pairs);
  erase(c.aggregates);
  erase(c.unpaired);
  erase(c.training_predictions);
  std::erase_if(c.model_contexts, [](const auto& named) { return is_ablation(named.first); });
  return c;
}

Comparison compare(const Inputs& inputs) {
  const Budgets settings = inputs.budgets.value_or(Budgets{});
  Comparison c = describe(inputs, settings);
  const Campaign campaign = gather_measured(inputs.measured, settings.seed);
  std::map<std::string, Predictor> models = gather_models(inputs.simulated, inputs.published);
  refuse_fitted_rows(inputs.measured, inputs.simulated);
  for (const MeasuredSeries& series : campaign.series) c.measured.push_back(series.row);
  for (const auto& [name, model] : models) c.model_contexts[name] = model_context(model);
  take_rows(join(inputs, settings, campaign, models, c), c);
  c.ring_ratios = ring_ratios(campaign);
  c.training_predictions = unmeasured_training(models, campaign);
  Budgets due = settings;
  drop_unmeasured_training(c.measured, due.budgets);
  if (inputs.scales) c.undecided = take_undecided(*inputs.scales, c.measured, due.budgets);
  c.verdicts = decide(due, c);
  std::erase_if(models, [](const auto& named) { return is_ablation(named.first); });
  c.rankings = rank_algorithms(campaign, models, c.least_launches);
  c.training_rankings = rank_training(campaign, models, c.least_launches);
  c.lints = lint_units(without_ablations(c).pairs);
  append(c.lints, lint_growth(c.measured, models));
  append(c.lints, lint_batches(c.measured, models));
  append(c.lints, lint_scales(models));
  for (const Replication& replication : c.replications) append(c.lints, lint_replication(replication));
  return c;
}

}  // namespace ringtrue
