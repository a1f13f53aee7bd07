#include <nlohmann/json.hpp>

#include "validate/comparison.hpp"
#include "validate/interval_json.hpp"

namespace ringtrue {
namespace {

Json json_of(const Json& json) { return json; }

Json json_of(const std::string& text) { return text; }

Json json_of(const Ranking& ranking) { return to_json(ranking); }

Json json_of(const TrainingRanking& ranking) { return to_json(ranking); }

Json json_of(const TrainingPrediction& prediction) { return to_json(prediction); }

Json json_of(const PublishedSource& source) { return to_json(source); }

Json json_of(const PublishedScore& score) { return to_json(score); }

Json json_of(const Spread& spread) { return to_json(spread); }

Json json_of(const Replication& replication) { return to_json(replication); }

Json json_of(const InputFile& f) { return {{"role", f.role}, {"name", f.name}, {"hash", f.hash}}; }

Json json_of(const Conditions& c) {
  return {{"judged", c.judged},
          {"non_stationary", c.non_stationary},
          {"steps_with_canary", c.steps_with_canary},
          {"largest_step", c.largest_step},
          {"warmed_up", c.warmed_up},
          {"not_steady", c.not_steady},
          {"samples", c.samples},
          {"outliers", c.outliers},
          {"together", c.together},
          {"late", c.late},
          {"wall_s", c.wall.count()},
          {"outside_s", c.outside.count()}};
}

Json json_of(const MeasuredRow& r) {
  Json states = Json::object();
  for (const auto& [state, launches] : r.states) states[state] = launches;
  Json json{{"experiment", to_json(r.experiment)},
            {"system_id", r.system_id},
            {"purpose", to_string(r.purpose)},
            {"median_s", r.median.count()},
            {"interval_s", json_of(r.interval_s)},
            {"launches", r.launches},
            {"states", states},
            {"clock", to_string(r.clock)},
            {"local_max_median_s", r.local_max_median.count()},
            {"oversubscribed", r.oversubscribed},
            {"verified", r.verified},
            {"conditions", json_of(r.conditions)}};
  if (r.training) json["training"] = to_json(*r.training);
  return json;
}

Json json_of(const Pair& p) {
  Json json{{"model", p.model},
            {"experiment", to_json(p.experiment)},
            {"system_id", p.system_id},
            {"published", p.published},
            {"reference_source", p.reference_source},
            {"reference_s", p.reference.count()},
            {"simulated_s", p.simulated.count()},
            {"ratio", p.ratio},
            {"extrapolated", p.extrapolated},
            {"matched_any", p.matched_any},
            {"reference_sigma_s", p.reference_sigma.count()},
            {"how_read", p.how_read}};
  if (!p.phases.empty()) json["phases_s"] = exact_phases_json(p.phases);
  return json;
}

Json json_of(const Aggregate& a) {
  return {{"model", a.model},
          {"system_id", a.system_id},
          {"published", a.published},
          {"ranks", a.ranks},
          {"regime", to_string(a.regime)},
          {"rows", a.rows},
          {"launches", a.launches},
          {"log_error", a.log_error},
          {"log_error_interval", json_of(a.log_error_interval)},
          {"noise_floor", a.noise_floor},
          {"bias", a.bias},
          {"mape", a.mape},
          {"p90", a.p90},
          {"worst", a.worst},
          {"worst_key", a.worst_key},
          {"geomean_abs", a.geomean_abs},
          {"kendall_tau", a.kendall_tau}};
}

Json json_of(const PublishedScalar& s) {
  return {{"name", s.name}, {"ranks", s.ranks}, {"value", s.value}, {"as_printed", s.as_printed}, {"source", s.source}};
}

Json json_of(const RingRatio& r) {
  Json by_bytes = Json::array();
  for (const auto& [bytes, ratio] : r.by_bytes) {
    const Json entry{{"bytes", bytes.count}, {"ratio", ratio}};
    by_bytes.push_back(entry);
  }
  return {{"system_id", r.system_id},
          {"ranks", r.ranks},
          {"baseline", r.baseline},
          {"by_bytes", by_bytes},
          {"geomean", r.geomean}};
}

Json json_of(const Verdict& v) {
  return {{"model", v.model},   {"system_id", v.system_id},        {"ranks", v.ranks},  {"regime", to_string(v.regime)},
          {"budget", v.budget}, {"outcome", to_string(v.outcome)}, {"reason", v.reason}};
}

Json json_of(const Budget& b) {
  return {{"model", b.model}, {"testbed", b.testbed}, {"ranks", b.ranks}, {"log_error", b.log_error}};
}

Json json_of(const Unpaired& u) {
  return {{"origin", u.origin},
          {"model", u.model},
          {"experiment_key", u.experiment_key},
          {"system_id", u.system_id},
          {"fails", u.fails}};
}

Json json_of(const Lint& l) { return {{"rule", l.rule}, {"what", l.what}, {"about", l.about}}; }

template <class T>
Json list(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values) json.push_back(json_of(value));
  return json;
}

}  // namespace

Json to_json(const Comparison& c) {
  Json model_contexts = Json::object();
  for (const auto& [model, context] : c.model_contexts) model_contexts[model] = context;
  Json json;
  json["schema"] = comparison_schema;
  json["outcome"] = to_string(c.outcome());
  json["seed"] = c.seed;
  json["replicates"] = c.replicates;
  json["geomean_epsilon"] = c.geomean_epsilon;
  json["least_launches"] = c.least_launches;
  json["precision"] = c.precision;
  json["inputs"] = list(c.inputs);
  json["measured_contexts"] = list(c.measured_contexts);
  json["model_contexts"] = model_contexts;
  json["measured"] = list(c.measured);
  json["pairs"] = list(c.pairs);
  json["aggregates"] = list(c.aggregates);
  json["scalars"] = list(c.scalars);
  json["published_sources"] = list(c.published_sources);
  json["published_scores"] = list(c.published_scores);
  json["spreads"] = list(c.spreads);
  json["ring_ratios"] = list(c.ring_ratios);
  json["verdicts"] = list(c.verdicts);
  json["undecided"] = list(c.undecided);
  json["unpaired"] = list(c.unpaired);
  json["lints"] = list(c.lints);
  json["rankings"] = list(c.rankings);
  json["training_rankings"] = list(c.training_rankings);
  json["training_predictions"] = list(c.training_predictions);
  json["replications"] = list(c.replications);
  json["warnings"] = list(c.warnings);
  return json;
}

}  // namespace ringtrue
