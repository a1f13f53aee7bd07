#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "validate/comparison.hpp"
#include "validate/interval_json.hpp"

namespace ringtrue {
namespace {

constexpr int most_launches = 1'000'000'000;
constexpr std::array all_regimes{Regime::all, Regime::latency, Regime::middle, Regime::bandwidth, Regime::training};
constexpr std::array judged_regimes{Regime::all, Regime::training};
constexpr std::array all_outcomes{Outcome::pass, Outcome::fail, Outcome::inconclusive};
constexpr std::array all_purposes{Purpose::calibrate, Purpose::score, Purpose::show};
constexpr std::array all_clocks{Clock::makespan, Clock::local_max, Clock::mean_of_ranks};

template <class Enum, std::size_t N>
Enum read_name(ObjectReader& reader, const std::string& key, const std::array<Enum, N>& all) {
  const std::string name = reader.text(key);
  std::vector<std::string_view> names;
  for (const Enum value : all) {
    if (to_string(value) == name) return value;
    names.push_back(to_string(value));
  }
  reader.refuse(key, fmt::format("{}", fmt::join(names, " or ")));
}

int read_int(ObjectReader& reader, const std::string& key, int highest = most_launches) {
  return static_cast<int>(reader.integer(key, 0, highest));
}

Seconds read_time(ObjectReader& reader, const std::string& key) { return Seconds{reader.number(key, {0, 1e12})}; }

Experiment read_experiment(ObjectReader& reader) {
  return parse_experiment(reader.at("experiment"), reader.where("experiment"));
}

void read(ObjectReader& reader, InputFile& f) {
  f = {.role = reader.text("role"), .name = reader.text("name"), .hash = reader.text("hash")};
}

std::map<std::string, int> read_states(ObjectReader& reader) {
  const Json& json = reader.at("states");
  ObjectReader states(json, reader.where("states"));
  std::map<std::string, int> launches;
  for (const auto& [state, count] : json.items()) launches[state] = read_int(states, state);
  return launches;
}

void read(ObjectReader& reader, Conditions& c) {
  c.judged = read_int(reader, "judged");
  c.non_stationary = read_int(reader, "non_stationary");
  c.steps_with_canary = read_int(reader, "steps_with_canary");
  c.largest_step = reader.number("largest_step", {0, 1e300});
  c.warmed_up = read_int(reader, "warmed_up");
  c.not_steady = read_int(reader, "not_steady");
  c.samples = reader.integer("samples", 0, INT64_MAX);
  c.outliers = reader.integer("outliers", 0, INT64_MAX);
  c.together = reader.integer("together", 0, INT64_MAX);
  c.late = reader.integer("late", 0, INT64_MAX);
  c.wall = read_time(reader, "wall_s");
  c.outside = read_time(reader, "outside_s");
}

/// Comparisons of before conditions were recorded have none.
Conditions read_conditions(ObjectReader& reader) {
  Conditions conditions;
  if (!reader.has("conditions")) return conditions;
  ObjectReader inner(reader.at("conditions"), reader.where("conditions"));
  read(inner, conditions);
  inner.finish();
  return conditions;
}

void read(ObjectReader& reader, MeasuredRow& r) {
  r.experiment = read_experiment(reader);
  r.system_id = reader.text("system_id");
  r.purpose = read_name(reader, "purpose", all_purposes);
  r.median = read_time(reader, "median_s");
  r.interval_s = read_interval(reader, "interval_s");
  r.launches = read_int(reader, "launches");
  r.states = read_states(reader);
  r.clock = read_name(reader, "clock", all_clocks);
  r.local_max_median = read_time(reader, "local_max_median_s");
  r.oversubscribed = reader.boolean("oversubscribed");
  r.verified = reader.boolean("verified");
  r.conditions = read_conditions(reader);
  if (reader.has("training")) r.training = parse_training_details(reader.at("training"), reader.where("training"));
  if (r.training.has_value() != (as_training(r.experiment) != nullptr))
    reader.refuse("training", "details for every training step, and for nothing else");
}

void read(ObjectReader& reader, Pair& p) {
  p.model = reader.text("model");
  p.experiment = read_experiment(reader);
  p.system_id = reader.text("system_id");
  p.published = reader.boolean("published");
  p.reference_source = reader.text("reference_source");
  p.reference = read_time(reader, "reference_s");
  p.simulated = read_time(reader, "simulated_s");
  p.ratio = reader.number("ratio", {0, 1e300});
  p.extrapolated = reader.boolean("extrapolated");
  p.matched_any = reader.text("matched_any");
  p.reference_sigma = read_time(reader, "reference_sigma_s");
  p.how_read = reader.text("how_read");
  p.phases = read_phases(reader);
}

void read(ObjectReader& reader, Aggregate& a) {
  a.model = reader.text("model");
  a.system_id = reader.text("system_id");
  a.published = reader.boolean("published");
  a.ranks = read_int(reader, "ranks", max_ranks);
  a.regime = read_name(reader, "regime", all_regimes);
  a.rows = static_cast<std::size_t>(read_int(reader, "rows"));
  a.launches = read_int(reader, "launches");
  a.log_error = reader.number("log_error");
  a.log_error_interval = read_interval(reader, "log_error_interval");
  a.noise_floor = reader.number("noise_floor");
  a.bias = reader.number("bias");
  a.mape = reader.number("mape");
  a.p90 = reader.number("p90");
  a.worst = reader.number("worst");
  a.worst_key = reader.text("worst_key");
  a.geomean_abs = reader.number("geomean_abs");
  a.kendall_tau = reader.number("kendall_tau", {-1.000001, 1.000001});
}

void read(ObjectReader& reader, PublishedScalar& s) {
  s.name = reader.text("name");
  s.ranks = read_int(reader, "ranks", max_ranks);
  s.value = reader.number("value");
  s.as_printed = reader.text("as_printed");
  s.source = reader.text("source");
}

void read(ObjectReader& reader, std::pair<Bytes, double>& entry) {
  entry = {Bytes{reader.integer("bytes", 0, max_bytes.count)}, reader.number("ratio", {0, 1e300})};
}

void read(ObjectReader& reader, Verdict& v) {
  v.model = reader.text("model");
  v.system_id = reader.text("system_id");
  v.ranks = read_int(reader, "ranks", max_ranks);
  if (reader.has("regime")) v.regime = read_name(reader, "regime", judged_regimes);  // older ones: all
  v.budget = reader.number("budget");
  v.outcome = read_name(reader, "outcome", all_outcomes);
  v.reason = reader.text("reason");
}

void read(ObjectReader& reader, Budget& b) {
  b.model = reader.text("model");
  b.testbed = reader.text("testbed");
  b.ranks = read_int(reader, "ranks", max_ranks);
  b.log_error = reader.number("log_error");
}

void read(ObjectReader& reader, Unpaired& u) {
  u.origin = reader.text("origin");
  u.model = reader.text("model");
  u.experiment_key = reader.text("experiment_key");
  u.system_id = reader.text("system_id");
  u.fails = reader.boolean("fails");
}

void read(ObjectReader& reader, Lint& l) {
  l = {.rule = reader.text("rule"), .what = reader.text("what"), .about = reader.text_or("about", "")};
}

const Json& read_array(ObjectReader& reader, const std::string& key) {
  const Json& json = reader.at(key);
  if (!json.is_array()) reader.refuse(key, "a list");
  return json;
}

void read(ObjectReader& reader, RingRatio& r);

template <class T>
std::vector<T> read_list(ObjectReader& reader, const std::string& key) {
  std::vector<T> values;
  for (const Json& json : read_array(reader, key)) {
    ObjectReader element(json, fmt::format("{}/{}", reader.where(key), values.size()));
    read(element, values.emplace_back());
    element.finish();
  }
  return values;
}

void read(ObjectReader& reader, RingRatio& r) {
  r.system_id = reader.text("system_id");
  r.ranks = read_int(reader, "ranks", max_ranks);
  r.baseline = reader.text("baseline");
  r.by_bytes = read_list<std::pair<Bytes, double>>(reader, "by_bytes");
  r.geomean = reader.number("geomean", {0, 1e300});
}

std::map<std::string, Json> read_contexts(ObjectReader& reader) {
  const Json& json = reader.at("model_contexts");
  if (!json.is_object()) reader.refuse("model_contexts", "an object");
  std::map<std::string, Json> contexts;
  for (const auto& [model, context] : json.items()) contexts[model] = context;
  return contexts;
}

/// A list that older comparisons do not have.
template <class Parse>
auto read_newer_list(ObjectReader& reader, const std::string& key, Parse parse) {
  std::vector<decltype(parse(Json(), std::string()))> values;
  if (!reader.has(key)) return values;
  for (const Json& json : read_array(reader, key))
    values.push_back(parse(json, fmt::format("{}/{}", reader.where(key), values.size())));
  return values;
}

void read_settings(ObjectReader& reader, Comparison& c) {
  reader.integer("schema", comparison_schema, comparison_schema);
  c.seed = static_cast<std::uint64_t>(reader.integer("seed", 0, INT64_MAX));
  c.replicates = read_int(reader, "replicates");
  c.geomean_epsilon = reader.number("geomean_epsilon", {0, 1});
  c.least_launches = read_int(reader, "least_launches");
  c.precision = reader.number("precision", {0, 1});
}

}  // namespace

Comparison parse_comparison(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Comparison c;
  read_settings(reader, c);
  c.inputs = read_list<InputFile>(reader, "inputs");
  for (const Json& context : read_array(reader, "measured_contexts")) c.measured_contexts.push_back(context);
  c.model_contexts = read_contexts(reader);
  c.measured = read_list<MeasuredRow>(reader, "measured");
  c.pairs = read_list<Pair>(reader, "pairs");
  c.aggregates = read_list<Aggregate>(reader, "aggregates");
  c.scalars = read_list<PublishedScalar>(reader, "scalars");
  c.ring_ratios = read_list<RingRatio>(reader, "ring_ratios");
  c.verdicts = read_list<Verdict>(reader, "verdicts");
  if (reader.has("undecided")) c.undecided = read_list<Budget>(reader, "undecided");  // older ones decided all
  c.unpaired = read_list<Unpaired>(reader, "unpaired");
  c.lints = read_list<Lint>(reader, "lints");
  for (const Json& ranking : read_array(reader, "rankings")) {
    c.rankings.push_back(parse_ranking(ranking, reader.where("rankings")));
    if (as_collective(c.rankings.back().times.front().experiment) == nullptr)
      reader.refuse("rankings", "collectives only; training_rankings has training steps");
  }
  c.training_rankings = read_newer_list(reader, "training_rankings", parse_training_ranking);
  c.training_predictions = read_newer_list(reader, "training_predictions", parse_training_prediction);
  c.published_sources = read_newer_list(reader, "published_sources", parse_source);
  c.published_scores = read_newer_list(reader, "published_scores", parse_published_score);
  c.spreads = read_newer_list(reader, "spreads", parse_spread);
  c.replications = read_newer_list(reader, "replications", parse_replication);
  c.warnings = reader.texts("warnings");
  if (read_name(reader, "outcome", all_outcomes) != c.outcome())
    reader.refuse("outcome",
                  fmt::format("{}, which follows from the verdicts and unpaired rows", to_string(c.outcome())));
  reader.finish();
  return c;
}

}  // namespace ringtrue
