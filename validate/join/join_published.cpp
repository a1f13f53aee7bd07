// Published numbers have no launches: what can be resampled is the error of reading them off a plot, taken as normal on
// the logarithm with sigma/value, independently for each point.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "validate/join/join.hpp"

namespace ringtrue {
namespace {

template <class T>
void fill(std::optional<T>& mine, const std::optional<T>& other, const char* name, std::vector<std::string>& open) {
  if (mine.has_value() != other.has_value()) open.emplace_back(name);
  if (!mine) mine = other;
}

struct Filled {
  Experiment experiment;
  std::string matched_any;
};

/// The reference's experiment with what it leaves open taken from the prediction. Requires that they match.
Filled fill_open_fields(Experiment reference, const Experiment& prediction) {
  auto* mine = std::get_if<CollectiveRun>(&reference.workload);
  const CollectiveRun* other = as_collective(prediction);
  if (mine == nullptr || other == nullptr) return {reference, ""};
  std::vector<std::string> open;
  fill(mine->dtype, other->dtype, "dtype", open);
  fill(mine->op, other->op, "op", open);
  fill(mine->in_place, other->in_place, "in_place", open);
  fill(mine->segmentation, other->segmentation, "segmentation", open);
  fill(mine->root, other->root, "root", open);
  fill(mine->protocol, other->protocol, "protocol", open);
  return {reference, fmt::format("{}", fmt::join(open, ", "))};
}

/// The prediction of just this experiment; without one, the first in order of key that matches; nullptr if none does.
const Predicted* match(const std::map<Place, Predicted>& predictions, const Record& reference) {
  const auto exact = predictions.find({experiment_key(reference.experiment), reference.system_id});
  if (exact != predictions.end()) return &exact->second;
  for (const auto& [place, prediction] : predictions)
    if (place.second == reference.system_id && matches(prediction.experiment, reference.experiment)) return &prediction;
  return nullptr;
}

/// Hold-out: never a prediction that was fitted on the reference.
const Predicted* match(const Predictor& model, const Record& reference) {
  const std::string id = record_id(reference);
  if (!model.fitted_on.contains(id))
    if (const Predicted* found = match(model.predictions, reference)) return found;
  for (const auto& [name, fold] : model.folds)
    if (!fold.fitted_on.contains(id))
      if (const Predicted* found = match(fold.predictions, reference)) return found;
  return nullptr;
}

ResampledRow resample(double log_ratio, double relative_sigma, std::mt19937_64& generator) {
  ResampledRow row{.log_ratio = log_ratio, .joint = {}, .reference = {}, .launches = 0};
  for (int b = 0; b < default_replicates; ++b) row.joint.push_back(log_ratio + relative_sigma * draw_normal(generator));
  row.reference = row.joint;
  return row;
}

JoinedRow join(const Record& reference, const Predictor& model, const Predicted& prediction,
               std::mt19937_64& generator) {
  const auto& publication = std::get<Publication>(reference.result);
  const double log_ratio = log_time(prediction, "", std::nullopt) - std::log(publication.time.count());
  Filled filled = fill_open_fields(reference.experiment, prediction.experiment);
  const double sigma = std::hypot(publication.sigma / publication.time, prediction.relative_sigma);
  const double ratio = std::exp(log_ratio);
  return {.pair = {.model = model.name,
                   .experiment = filled.experiment,
                   .system_id = reference.system_id,
                   .published = true,
                   .reference_source = reference.source,
                   .reference = publication.time,
                   .simulated = publication.time * ratio,
                   .ratio = ratio,
                   .extrapolated = prediction.extrapolated,
                   .matched_any = filled.matched_any,
                   .reference_sigma = publication.sigma,
                   .how_read = std::string(to_string(publication.how_read))},
          .resampled = resample(log_ratio, sigma, generator)};
}

Unpaired lacking(const Record& reference, const std::string& model) {
  return {.origin = "published",
          .model = model,
          .experiment_key = experiment_key(reference.experiment),
          .system_id = reference.system_id,
          .fails = false};
}

/// Whether the model predicts the reference's kind of collective on its system, at any size and scale: a model of rings
/// lacks nothing where a tree was published.
bool knows_kind(const Predictor& model, const Record& reference) {
  const CollectiveRun* wanted = as_collective(reference.experiment);
  if (wanted == nullptr) return model.knows(reference.system_id, true);
  const auto is_of_kind = [&](const auto& placed) {
    const CollectiveRun* run = as_collective(placed.second.experiment);
    return placed.first.second == reference.system_id && run != nullptr && run->collective == wanted->collective &&
           run->algorithm == wanted->algorithm;
  };
  return std::ranges::any_of(model.predictions, is_of_kind) || std::ranges::any_of(model.folds, [&](const auto& fold) {
           return std::ranges::any_of(fold.second.predictions, is_of_kind);
         });
}

void take(const Record& reference, const std::map<std::string, Predictor>& models, std::mt19937_64& generator,
          Joined& joined) {
  bool known = false;
  for (const auto& [name, model] : models) {
    if (!knows_kind(model, reference)) continue;
    known = true;
    const Predicted* prediction = match(model, reference);
    if (prediction == nullptr && model.fitted_on.contains(record_id(reference))) {
      continue;
    }
    if (prediction == nullptr) {
      joined.unpaired.push_back(lacking(reference, name));
    } else {
      joined.rows.push_back(join(reference, model, *prediction, generator));
    }
  }
  if (!known) joined.unpaired.push_back(lacking(reference, ""));
}

/// Calibration subjects are not judged, so nothing is missing where they have no partner; training steps without one
/// have a list of their own.
bool is_paired(const std::string& model, const Predicted& prediction, std::span<const JoinedRow> rows) {
  return as_collective(prediction.experiment) == nullptr || std::ranges::any_of(rows, [&](const JoinedRow& row) {
           return row.pair.model == model && row.pair.system_id == prediction.system_id &&
                  matches(row.pair.experiment, prediction.experiment);
         });
}

}  // namespace

Joined join_published(std::span<const PublishedFile> files, const std::map<std::string, Predictor>& models,
                      std::uint64_t seed) {
  Joined joined;
  std::mt19937_64 generator(seed);
  for (const PublishedFile& file : files) {
    if (!file.model.empty()) continue;
    for (const Record& reference : file.records) take(reference, models, generator, joined);
  }
  return joined;
}

std::vector<Unpaired> unpaired_predictions(const std::map<std::string, Predictor>& models, const Campaign& campaign,
                                           std::span<const JoinedRow> rows) {
  std::vector<Unpaired> unpaired;
  for (const auto& named : models) {
    for (const auto& placed : named.second.predictions) {
      if (is_paired(named.first, placed.second, rows) ||
          campaign.measured(placed.second.experiment, placed.second.system_id))
        continue;
      unpaired.push_back({.origin = named.second.published ? "published" : "simulated",
                          .model = named.first,
                          .experiment_key = placed.first.first,
                          .system_id = placed.first.second,
                          .fails = false});
    }
  }
  return unpaired;
}

}  // namespace ringtrue
