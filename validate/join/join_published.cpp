// Published numbers have no launches: what can be resampled is the error of reading them off a plot, taken as normal on
// the logarithm with sigma/value, independently for each point and once for all models: it is one reading.
#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

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

/// A published row, with what all models need of it.
struct Reference {
  const Record& record;
  std::string id;
  Place place;
  std::vector<double> readings;  ///< Standard normal, one a draw.
};

Reference reference_of(const Record& record, std::mt19937_64& generator) {
  Reference reference{.record = record,
                      .id = record_id(record),
                      .place = {experiment_key(record.experiment), record.system_id},
                      .readings = {}};
  for (int b = 0; b < default_replicates; ++b) reference.readings.push_back(draw_normal(generator));
  return reference;
}

/// The prediction of just this experiment; without one, the first in order of key that matches; nullptr if none does.
const Predicted* match(const std::map<Place, Predicted>& predictions, const Reference& reference) {
  const auto exact = predictions.find(reference.place);
  if (exact != predictions.end()) return &exact->second;
  for (const auto& [place, prediction] : predictions)
    if (place.second == reference.place.second && matches(prediction.experiment, reference.record.experiment))
      return &prediction;
  return nullptr;
}

/// Hold-out: never a prediction that was fitted on the reference.
const Predicted* match(const Predictor& model, const Reference& reference) {
  if (!model.fitted_on.contains(reference.id))
    if (const Predicted* found = match(model.predictions, reference)) return found;
  for (const auto& [name, fold] : model.folds)
    if (!fold.fitted_on.contains(reference.id))
      if (const Predicted* found = match(fold.predictions, reference)) return found;
  return nullptr;
}

ResampledRow resample(double log_ratio, double relative_sigma, const std::vector<double>& readings) {
  ResampledRow row{.log_ratio = log_ratio, .joint = {}, .reference = {}, .launches = 0};
  row.joint.reserve(readings.size());
  for (const double reading : readings) row.joint.push_back(log_ratio + relative_sigma * reading);
  row.reference = row.joint;
  return row;
}

JoinedRow join(const Reference& wanted, const Predictor& model, const Predicted& prediction) {
  const Record& reference = wanted.record;
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
          .resampled = resample(log_ratio, sigma, wanted.readings)};
}

Unpaired lacking(const Record& reference, const std::string& model) {
  return {.origin = "published",
          .model = model,
          .experiment_key = experiment_key(reference.experiment),
          .system_id = reference.system_id,
          .fails = false};
}

/// System, and of collectives which and how: a model of rings lacks nothing where a tree was published.
using Kind = std::tuple<std::string, std::optional<Collective>, std::optional<Algorithm>>;

Kind kind_of(const Experiment& experiment, const std::string& system_id) {
  const CollectiveRun* run = as_collective(experiment);
  if (run == nullptr) return {system_id, std::nullopt, std::nullopt};
  return {system_id, run->collective, run->algorithm};
}

std::set<Kind> kinds_of(const Predictor& model) {
  std::set<Kind> kinds;
  const auto take = [&](const std::map<Place, Predicted>& predictions) {
    for (const auto& [place, prediction] : predictions) kinds.insert(kind_of(prediction.experiment, place.second));
  };
  take(model.predictions);
  for (const auto& [name, fold] : model.folds) take(fold.predictions);
  return kinds;
}

struct Known {
  const Predictor& model;
  std::set<Kind> kinds;
};

void take(const Reference& reference, const std::vector<Known>& models, Joined& joined) {
  bool known = false;
  const Kind kind = kind_of(reference.record.experiment, reference.record.system_id);
  for (const auto& [model, kinds] : models) {
    if (!kinds.contains(kind)) continue;
    known = true;
    if (const Predicted* prediction = match(model, reference)) {
      joined.rows.push_back(join(reference, model, *prediction));
    } else if (!model.fitted_on.contains(reference.id)) {
      joined.unpaired.push_back(lacking(reference.record, model.name));
    }
  }
  if (!known) joined.unpaired.push_back(lacking(reference.record, ""));
}

/// Rows by what their experiment and a matching prediction have in common.
using RowsOf = std::map<std::tuple<std::string, std::string, int, Bytes>, std::vector<const JoinedRow*>>;

RowsOf rows_of(std::span<const JoinedRow> rows) {
  RowsOf index;
  for (const JoinedRow& row : rows)
    index[{row.pair.model, row.pair.system_id, row.pair.experiment.ranks, message_bytes(row.pair.experiment)}]
        .push_back(&row);
  return index;
}

/// Calibration subjects are not judged, so nothing is missing where they have no partner; training steps without one
/// have a list of their own.
bool is_paired(const std::string& model, const Predicted& prediction, const RowsOf& rows) {
  if (as_collective(prediction.experiment) == nullptr) return true;
  const auto found =
      rows.find({model, prediction.system_id, prediction.experiment.ranks, message_bytes(prediction.experiment)});
  return found != rows.end() && std::ranges::any_of(found->second, [&](const JoinedRow* row) {
           return matches(row->pair.experiment, prediction.experiment);
         });
}

}  // namespace

Joined join_published(std::span<const PublishedFile> files, const std::map<std::string, Predictor>& models,
                      std::uint64_t seed) {
  Joined joined;
  std::mt19937_64 generator(seed);
  std::vector<Known> known;
  for (const auto& [name, model] : models) known.push_back({model, kinds_of(model)});
  for (const PublishedFile& file : files) {
    if (!file.model.empty()) continue;
    for (const Record& record : file.records) take(reference_of(record, generator), known, joined);
  }
  return joined;
}

std::vector<Unpaired> unpaired_predictions(const std::map<std::string, Predictor>& models, const Campaign& campaign,
                                           std::span<const JoinedRow> rows) {
  std::vector<Unpaired> unpaired;
  const RowsOf paired = rows_of(rows);
  for (const auto& named : models) {
    for (const auto& placed : named.second.predictions) {
      if (is_paired(named.first, placed.second, paired) ||
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
