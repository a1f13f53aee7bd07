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

/// What a reference and a matching prediction have in common: system, ranks, bytes.
using ReferenceQuestion = std::tuple<std::string_view, int, Bytes>;

/// Predictions of a model, or of one of its folds, all fitted on the same rows.
class Candidates {
 public:
  Candidates(const std::map<Place, Predicted>& predictions, const std::set<std::string>& fitted_on)
      : predictions_(predictions), fitted_on_(fitted_on) {
    for (const auto& [place, prediction] : predictions)
      by_question_[question(prediction.experiment, place.second)].push_back(&prediction);
  }

  const std::map<Place, Predicted>& predictions() const { return predictions_; }

  /// The prediction of just this experiment; without one, the first in order of key that matches; nullptr if none does,
  /// or if they were fitted on the reference.
  const Predicted* match(const Reference& reference) const {
    if (fitted_on_.contains(reference.id)) return nullptr;
    if (const auto exact = predictions_.find(reference.place); exact != predictions_.end()) return &exact->second;
    const Experiment& wanted = reference.record.experiment;
    const auto same = by_question_.find(question(wanted, reference.place.second));
    if (same == by_question_.end()) return nullptr;
    const auto found =
        std::ranges::find_if(same->second, [&](const Predicted* p) { return matches(p->experiment, wanted); });
    return found == same->second.end() ? nullptr : *found;
  }

 private:
  static ReferenceQuestion question(const Experiment& experiment, std::string_view system_id) {
    return {system_id, experiment.ranks, message_bytes(experiment)};
  }

  const std::map<Place, Predicted>& predictions_;
  const std::set<std::string>& fitted_on_;
  std::map<ReferenceQuestion, std::vector<const Predicted*>> by_question_;
};

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
using ReferenceKind = std::tuple<std::string, std::optional<Collective>, std::optional<Algorithm>>;

ReferenceKind reference_kind_of(const Experiment& experiment, const std::string& system_id) {
  const CollectiveRun* run = as_collective(experiment);
  if (run == nullptr) return {system_id, std::nullopt, std::nullopt};
  return {system_id, run->collective, run->algorithm};
}

/// A model as references look for it.
struct Known {
  explicit Known(const Predictor& predictor) : model(predictor) {
    candidates.emplace_back(model.predictions, model.fitted_on);
    for (const auto& [name, fold] : model.folds) candidates.emplace_back(fold.predictions, fold.fitted_on);
    for (const Candidates& c : candidates)
      for (const auto& [place, prediction] : c.predictions())
        kinds.insert(reference_kind_of(prediction.experiment, place.second));
  }

  const Predicted* match(const Reference& reference) const {
    for (const Candidates& c : candidates)
      if (const Predicted* found = c.match(reference)) return found;
    return nullptr;
  }

  const Predictor& model;
  std::vector<Candidates> candidates;
  std::set<ReferenceKind> kinds;
};

void take(const Reference& reference, const std::vector<Known>& models, Joined& joined) {
  bool known = false;
  const ReferenceKind kind = reference_kind_of(reference.record.experiment, reference.record.system_id);
  for (const Known& k : models) {
    if (!k.kinds.contains(kind)) continue;
    known = true;
    if (const Predicted* prediction = k.match(reference)) {
      joined.rows.push_back(join(reference, k.model, *prediction));
    } else if (!k.model.fitted_on.contains(reference.id)) {
      joined.unpaired.push_back(lacking(reference.record, k.model.name));
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
  for (const auto& [name, model] : models) known.emplace_back(model);
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
