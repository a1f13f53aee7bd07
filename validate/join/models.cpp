#include "validate/join/models.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/system.hpp"

namespace ringtrue {
namespace {

const Json* key_of(const Json& context, const char* key) {
  const auto found = context.find(key);
  return found == context.end() || found->is_null() ? nullptr : &*found;
}

[[noreturn]] void refuse_context(const std::string& file, std::string_view key, std::string_view allowed) {
  throw Error(fmt::format("{}: '{}' of the context must be {}; see experiment/record/SCHEMA.md", file, key, allowed));
}

void take_ids(const Json& list, const std::string& file, std::string_view key, std::set<std::string>& ids) {
  constexpr std::string_view allowed = "a list of record ids";
  if (!list.is_array()) refuse_context(file, key, allowed);
  for (const Json& id : list) {
    if (!id.is_string()) refuse_context(file, key, allowed);
    ids.insert(id.get<std::string>());
  }
}

std::set<std::string> fitted_on(const RecordFile& file) {
  std::set<std::string> ids;
  for (const Json& context : file.contexts) {
    const Json* list = key_of(context, "fitted_on");
    if (list != nullptr && *list != "unknown") take_ids(*list, file.name, "fitted_on", ids);
  }
  return ids;
}

/// Folds of a cross-validation name what each was fitted on; a fold that does not could be scored on it.
std::set<std::string> fitted_on(const RecordFile& file, const std::string& fold) {
  std::set<std::string> ids;
  for (const Json& context : file.contexts) {
    const Json* folds = key_of(context, "folds");
    if (folds != nullptr && folds->is_object() && folds->contains(fold))
      take_ids((*folds)[fold], file.name, "folds", ids);
  }
  if (ids.empty())
    throw Error(
        fmt::format("{}: records name the fold '{}', but 'folds' of the context does not say what it was fitted on",
                    file.name, fold));
  return ids;
}

int parse_ranks(const std::string& text, const std::string& file) {
  int ranks = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ranks);
  if (error != std::errc{} || end != text.data() + text.size() || ranks < 1)
    refuse_context(file, "draws", "an object with numbers of ranks as keys");
  return ranks;
}

Draw parse_draw(const Json& json, const std::string& file) {
  constexpr std::string_view allowed = "lists of launch numbers per number of ranks";
  if (!json.is_array() || json.empty()) refuse_context(file, "draws", allowed);
  Draw draw;
  for (const Json& launch : json) {
    if (!launch.is_number_integer() || launch < 0 || launch > 1'000'000) refuse_context(file, "draws", allowed);
    draw.push_back(launch.get<int>());
  }
  return draw;
}

std::map<int, std::vector<Draw>> draws_of(const RecordFile& file) {
  std::map<int, std::vector<Draw>> all;
  for (const Json& context : file.contexts) {
    const Json* json = key_of(context, "draws");
    if (json == nullptr) continue;
    if (!json->is_object()) refuse_context(file.name, "draws", "an object with numbers of ranks as keys");
    for (const auto& [ranks, list] : json->items()) {
      if (!list.is_array()) refuse_context(file.name, "draws", "lists of launch numbers per number of ranks");
      std::vector<Draw> draws;
      for (const Json& draw : list) draws.push_back(parse_draw(draw, file.name));
      all[parse_ranks(ranks, file.name)] = std::move(draws);
    }
  }
  return all;
}

/// A file's draws are of the systems it predicts: launches of other test beds bear the same numbers.
void take_draws(const std::map<int, std::vector<Draw>>& draws, const std::string& system_id, const std::string& file,
                Predictor& model) {
  for (const auto& [ranks, list] : draws) {
    const auto [found, added] = model.draws.try_emplace({system_id, ranks}, list);
    if (!added && found->second != list)
      throw Error(
          fmt::format("{}: other draws of {} on {} at {} ranks stand in another file; simulate the rows of a "
                      "system in one run",
                      file, model.name, system_id, ranks));
  }
}

std::set<std::string> testbeds_of(const RecordFile& file, const std::string& source) {
  std::set<std::string> testbeds;
  for (const Record& record : file.records)
    if (record.source == source) testbeds.insert(testbed_of(record.system_id));
  return testbeds;
}

/// The file's context, as far as one model is concerned, with long lists counted instead of copied; what an external
/// simulator does not say is `unknown`.
Json context_of(const RecordFile& file, const std::string& source) {
  const Json& first = file.contexts.front();
  Json context{{"file", file.name}, {"testbeds", testbeds_of(file, source)}};
  for (const char* key : {"model_kind", "platforms"})
    context[key] = key_of(first, key) == nullptr ? Json("unknown") : *key_of(first, key);
  context["fitted_on"] = key_of(first, "fitted_on") == nullptr ? Json("unknown") : Json(fitted_on(file).size());
  for (const auto& [key, value] : first.items())
    if (!context.contains(key) && key != "draws" && key != "folds") context[key] = value;
  return context;
}

Predictor& model_of(std::map<std::string, Predictor>& models, const std::string& name, bool published) {
  const auto [found, added] = models.try_emplace(name);
  if (added) {
    found->second.name = name;
    found->second.published = published;
  }
  if (found->second.published != published)
    throw Error(fmt::format("model '{}' comes both from a simulated and from a published file; rename one", name));
  return found->second;
}

/// Where predictions of a record's kind stand.
std::map<Place, Predicted>& predictions_for(Predictor& model, const Record& record) {
  const auto* s = std::get_if<Simulation>(&record.result);
  return s == nullptr || s->fold.empty() ? model.predictions : model.folds[s->fold].predictions;
}

Predicted& add(Predictor& model, const Record& record, PredictedInState prediction, double relative_sigma) {
  Predicted& p = predictions_for(model, record)[{experiment_key(record.experiment), record.system_id}];
  p.experiment = record.experiment;
  p.system_id = record.system_id;
  p.relative_sigma = relative_sigma;
  p.states.push_back(std::move(prediction));
  return p;
}

void add_simulated(Predictor& model, const Record& record) {
  const auto& s = std::get<Simulation>(record.result);
  PredictedInState prediction{
      .state = s.state, .log_time = std::log(s.time.count()), .log_replicates = {}, .phases = s.phases};
  for (const Seconds replicate : s.replicates) prediction.log_replicates.push_back(std::log(replicate.count()));
  Predicted& p = add(model, record, std::move(prediction), 0);
  p.extrapolated = p.extrapolated || s.extrapolated;
}

void check_simulated(const RecordFile& file, const Record& record, std::set<std::string>& seen) {
  const auto* s = std::get_if<Simulation>(&record.result);
  if (s == nullptr)
    throw Error(
        fmt::format("{}: holds the {} record {}, but --simulated takes simulated records; give the file to --{}",
                    file.name, origin_name(record), record_id(record), origin_name(record)));
  if (!seen.insert(record_id(record)).second)
    throw Error(
        fmt::format("{}: the record {} stands in two simulated files; remove one", file.name, record_id(record)));
  if (!s->state.empty() && s->state != "fast" && s->state != "slow")
    throw Error(fmt::format("{}: the record {} is for the state '{}'; allowed: fast, slow, or no state", file.name,
                            record_id(record), s->state));
  for (const Seconds replicate : s->replicates)
    if (replicate <= Seconds{0})
      throw Error(
          fmt::format("{}: a replicate of {} is not above zero; write times in seconds", file.name, record_id(record)));
}

void take_simulated(const RecordFile& file, std::set<std::string>& seen, std::map<std::string, Predictor>& models) {
  const std::map<int, std::vector<Draw>> draws = draws_of(file);
  const std::set<std::string> fitted = fitted_on(file);
  std::set<std::string> names;
  std::set<std::pair<std::string, std::string>> places;  // model and system
  std::set<std::pair<std::string, std::string>> folds;   // model and fold
  for (const Record& record : file.records) {
    check_simulated(file, record, seen);
    Predictor& model = model_of(models, record.source, false);
    add_simulated(model, record);
    const std::string& fold = std::get<Simulation>(record.result).fold;
    if (!fold.empty() && folds.emplace(record.source, fold).second)
      model.folds.at(fold).fitted_on.merge(fitted_on(file, fold));
    if (names.insert(record.source).second) {
      model.contexts.push_back(context_of(file, record.source));
      model.fitted_on.insert(fitted.begin(), fitted.end());
    }
    if (places.emplace(record.source, record.system_id).second) take_draws(draws, record.system_id, file.name, model);
  }
}

void take_published(const PublishedFile& file, std::map<std::string, Predictor>& models) {
  if (file.model.empty()) return;
  Predictor& model = model_of(models, file.model, true);
  model.contexts.insert(model.contexts.end(), file.context.begin(), file.context.end());
  for (const Record& record : file.records) {
    const auto& p = std::get<Publication>(record.result);
    if (model.find(record.experiment, record.system_id) != nullptr)
      throw Error(fmt::format("{}: {} predicts {} twice; remove one", file.name, file.model,
                              experiment_key(record.experiment)));
    add(model, record, {.state = "", .log_time = std::log(p.time.count()), .log_replicates = {}}, p.sigma / p.time);
  }
}

double value_of(const PredictedInState& prediction, std::optional<std::size_t> replicate) {
  if (!replicate || prediction.log_replicates.empty()) return prediction.log_time;
  return prediction.log_replicates[*replicate];
}

}  // namespace

double log_time(const Predicted& prediction, const std::string& state, std::optional<std::size_t> replicate) {
  for (const std::string& wanted : {state, std::string()})
    for (const PredictedInState& candidate : prediction.states)
      if (candidate.state == wanted) return value_of(candidate, replicate);
  double sum = 0;
  for (const PredictedInState& candidate : prediction.states) sum += value_of(candidate, replicate);
  return sum / static_cast<double>(prediction.states.size());
}

Phases phases_in(const Predicted& prediction, const std::string& state) {
  for (const std::string& wanted : {state, std::string()})
    for (const PredictedInState& candidate : prediction.states)
      if (candidate.state == wanted) return candidate.phases;
  Phases mean;
  for (const PredictedInState& candidate : prediction.states)
    for (const auto& [name, time] : candidate.phases)
      mean[name] += time / static_cast<double>(prediction.states.size());
  return mean;
}

Json model_context(const Predictor& model) {
  if (model.contexts.empty()) return Json::object();
  Json context = model.contexts.front();
  for (std::size_t i = 1; i < model.contexts.size(); ++i) context["also"].push_back(model.contexts[i]);
  return context;
}

const Predicted* Predictor::find(const Experiment& experiment, const std::string& system_id) const {
  const auto found = predictions.find({experiment_key(experiment), system_id});
  return found == predictions.end() ? nullptr : &found->second;
}

bool Predictor::knows(const std::string& system_id, bool training) const {
  const auto is_known = [&](const auto& entry) {
    return entry.first.second == system_id && (as_training(entry.second.experiment) != nullptr) == training;
  };
  return std::ranges::any_of(predictions, is_known) || std::ranges::any_of(folds, [&](const auto& fold) {
           return std::ranges::any_of(fold.second.predictions, is_known);
         });
}

std::map<std::string, Predictor> gather_models(std::span<const RecordFile> simulated,
                                               std::span<const PublishedFile> published) {
  std::map<std::string, Predictor> models;
  std::set<std::string> seen;
  for (const RecordFile& file : simulated) take_simulated(file, seen, models);
  for (const PublishedFile& file : published) take_published(file, models);
  return models;
}

void refuse_fitted_rows(std::span<const RecordFile> measured, std::span<const RecordFile> simulated) {
  for (const RecordFile& file : simulated) {
    const std::set<std::string> fitted = fitted_on(file);
    for (const RecordFile& campaign : measured)
      for (const Record& record : campaign.records)
        if (std::get<Measurement>(record.result).purpose == Purpose::score && fitted.contains(record_id(record)))
          throw Error(
              fmt::format("{}: the model was fitted on {}, which {} wants to score; calibrate on other rows or "
                          "take this one out of the scored ones",
                          file.name, record_id(record), campaign.name));
  }
}

}  // namespace ringtrue
