#include "experiment/record/record.hpp"

#include <cmath>

#include <fmt/compile.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/rounded.hpp"

namespace ringtrue {
namespace {

constexpr std::array all_purposes{Purpose::calibrate, Purpose::score, Purpose::show};
constexpr std::array all_clocks{Clock::makespan, Clock::local_max, Clock::mean_of_ranks};
constexpr std::array all_how_read{HowRead::tabulated, HowRead::digitised, HowRead::scalar_only,
                                  HowRead::not_reproducible};

/// A time is positive and at most a hundred years; bounds every input.
constexpr NumberRange time_range{0, 3.2e9};
constexpr int most_iterations = 1'000'000'000;

template <class Enum, std::size_t N>
Enum read_name(ObjectReader& reader, const std::string& key, const std::array<Enum, N>& all) {
  std::vector<std::string_view> names;
  const std::string name = reader.text(key);
  for (const Enum value : all) {
    if (to_string(value) == name) return value;
    names.push_back(to_string(value));
  }
  reader.refuse(key, fmt::format("{}", fmt::join(names, " or ")));
}

Json list(const std::vector<Seconds>& times) {
  Json json = Json::array();
  for (const Seconds time : times) json.push_back(rounded(time));
  return json;
}

std::vector<Seconds> read_list(ObjectReader& reader, const std::string& key) {
  std::vector<Seconds> times;
  if (!reader.has(key)) return times;
  for (const double value : reader.numbers(key, time_range)) times.emplace_back(value);
  return times;
}

Seconds read_time(ObjectReader& reader, const std::string& key) { return Seconds{reader.number(key, time_range)}; }

Json json_of(const Summary& s) {
  return {{"n", s.n},
          {"min", rounded(s.min)},
          {"q1", rounded(s.q1)},
          {"median", rounded(s.median)},
          {"q3", rounded(s.q3)},
          {"max", rounded(s.max)}};
}

Summary parse_summary(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Summary s{.n = static_cast<std::size_t>(reader.integer("n", 1, most_iterations)),
            .min = read_time(reader, "min"),
            .q1 = read_time(reader, "q1"),
            .median = read_time(reader, "median"),
            .q3 = read_time(reader, "q3"),
            .max = read_time(reader, "max")};
  reader.finish();
  if (s.median <= Seconds{0}) reader.refuse("median", "a time above zero");
  if (s.min > s.q1 || s.q1 > s.median || s.median > s.q3 || s.q3 > s.max)
    throw Error(fmt::format("{}: min, q1, median, q3, max must ascend", where));
  return s;
}

/// How measuring went; each key may be left out.
void write_conditions(Json& json, const Measurement& m) {
  if (m.warm_up) json["warm_up"] = {{"iterations", m.warm_up->iterations}, {"steady", m.warm_up->steady}};
  if (m.stationarity) json["stationary"] = m.stationarity->stationary;
  if (m.stationarity && !m.stationarity->stationary)
    json["step"] = {{"iteration", m.stationarity->step_at}, {"ratio", m.stationarity->step_ratio}};
  if (m.outliers) json["outliers"] = *m.outliers;
  if (m.late_starts) json["late_starts"] = *m.late_starts;
  if (!m.losses.empty()) json["loss"] = m.losses;
  if (m.wall)
    json["wall_s"] = {
        {"row", rounded(m.wall->row)}, {"warm_up", rounded(m.wall->warm_up)}, {"timed", rounded(m.wall->timed)}};
}

void write(Json& json, const Measurement& m) {
  json["purpose"] = to_string(m.purpose);
  json["time_s"] = json_of(m.time);
  json["clock"] = to_string(m.clock);
  if (m.clock != Clock::mean_of_ranks) json["local_max_s"] = {{"median", rounded(m.local_max_median)}};
  if (m.canary) json["state"] = {{"canary_s", {rounded(m.canary->before), rounded(m.canary->after)}}};
  json["verified"] = m.verified;
  json["oversubscribed"] = m.oversubscribed;
  write_conditions(json, m);
  if (!m.phases.empty()) json["phases_s"] = phases_json(m.phases);
  if (!m.samples.empty()) json["samples_s"] = list(m.samples);
}

void write(Json& json, const Simulation& s) {
  json["time_s"] = {{"value", s.time.count()}};
  if (!s.replicates.empty()) json["time_s"]["replicates"] = list(s.replicates);
  if (!s.state.empty()) json["state"] = s.state;
  json["extrapolated"] = s.extrapolated;
  if (!s.fold.empty()) json["fold"] = s.fold;
  if (!s.phases.empty()) json["phases_s"] = phases_json(s.phases);
}

void write(Json& json, const Publication& p) {
  json["time_s"] = {{"value", p.time.count()}, {"sigma", p.sigma.count()}};
  json["how_read"] = to_string(p.how_read);
  json["as_printed"] = p.as_printed;
  if (!p.chosen.empty()) json["chosen"] = p.chosen;
}

Seconds positive(ObjectReader& reader, const std::string& key) {
  const Seconds time = read_time(reader, key);
  if (time <= Seconds{0}) reader.refuse(key, "a time above zero");
  return time;
}

std::optional<Stationarity> read_stationarity(ObjectReader& reader) {
  if (!reader.has("stationary")) return std::nullopt;
  Stationarity s{.stationary = reader.boolean("stationary")};
  if (s.stationary) return s;
  ObjectReader step(reader.at("step"), reader.where("step"));
  s.step_at = static_cast<std::size_t>(step.integer("iteration", 1, most_iterations));
  s.step_ratio = step.number("ratio", {1e-12, 1e12});
  step.finish();
  return s;
}

void read_conditions(ObjectReader& reader, Measurement& m) {
  if (reader.has("warm_up")) {
    ObjectReader warm_up(reader.at("warm_up"), reader.where("warm_up"));
    m.warm_up = {.iterations = static_cast<int>(warm_up.integer("iterations", 0, most_iterations)),
                 .steady = warm_up.boolean("steady")};
    warm_up.finish();
  }
  m.stationarity = read_stationarity(reader);
  if (reader.has("outliers")) m.outliers = static_cast<std::size_t>(reader.integer("outliers", 0, most_iterations));
  if (reader.has("late_starts")) m.late_starts = static_cast<int>(reader.integer("late_starts", 0, most_iterations));
  if (reader.has("wall_s")) {
    ObjectReader wall(reader.at("wall_s"), reader.where("wall_s"));
    m.wall = {.row = read_time(wall, "row"), .warm_up = read_time(wall, "warm_up"), .timed = read_time(wall, "timed")};
    wall.finish();
  }
}

/// What only a program of ours can know beside the time: whoever prints a mean of ranks says neither.
void read_local_max_and_canary(ObjectReader& reader, Measurement& m) {
  ObjectReader local(reader.at("local_max_s"), reader.where("local_max_s"));
  m.local_max_median = read_time(local, "median");
  local.finish();
  ObjectReader state(reader.at("state"), reader.where("state"));
  const std::vector<double> canary = state.numbers("canary_s", time_range);
  if (canary.size() != 2) state.refuse("canary_s", "two times, before and after the row");
  m.canary = {.before = Seconds{canary[0]}, .after = Seconds{canary[1]}};
  state.finish();
}

Measurement read_measurement(ObjectReader& reader) {
  Measurement m;
  m.purpose = read_name(reader, "purpose", all_purposes);
  m.time = parse_summary(reader.at("time_s"), reader.where("time_s"));
  m.clock = read_name(reader, "clock", all_clocks);
  if (m.clock != Clock::mean_of_ranks) read_local_max_and_canary(reader, m);
  m.verified = reader.boolean("verified");
  m.oversubscribed = reader.boolean("oversubscribed");
  m.samples = read_list(reader, "samples_s");
  read_conditions(reader, m);
  m.phases = read_phases(reader);
  if (reader.has("loss")) m.losses = reader.numbers("loss", {0, 1e30});
  return m;
}

Simulation read_simulation(ObjectReader& reader) {
  ObjectReader time(reader.at("time_s"), reader.where("time_s"));
  Simulation s;
  if (!time.has("value"))
    time.refuse("value", "the simulated time in seconds (a template from `expand` leaves it empty)");
  s.time = positive(time, "value");
  s.replicates = read_list(time, "replicates");
  time.finish();
  s.state = reader.text_or("state", "");
  s.extrapolated = reader.has("extrapolated") && reader.boolean("extrapolated");
  s.fold = reader.text_or("fold", "");
  s.phases = read_phases(reader);
  return s;
}

Publication read_publication(ObjectReader& reader) {
  ObjectReader time(reader.at("time_s"), reader.where("time_s"));
  Publication p{.time = positive(time, "value"),
                .sigma = read_time(time, "sigma"),
                .how_read = read_name(reader, "how_read", all_how_read),
                .as_printed = reader.text("as_printed"),
                .chosen = reader.text_or("chosen", "")};
  time.finish();
  return p;
}

Result read_result(ObjectReader& reader) {
  const std::string origin = reader.text("origin");
  if (origin == "measured") return read_measurement(reader);
  if (origin == "simulated") return read_simulation(reader);
  if (origin == "published") return read_publication(reader);
  reader.refuse("origin", "measured, simulated or published");
}

}  // namespace

std::string_view origin_name(const Record& record) {
  return std::visit(
      Overloaded{[](const Measurement&) { return "measured"; }, [](const Simulation&) { return "simulated"; },
                 [](const Publication&) { return "published"; }},
      record.result);
}

std::string record_id(const Record& record) {
  const auto* simulation = std::get_if<Simulation>(&record.result);
  return fmt::format(FMT_COMPILE("{}|{}|{}|{}|{}|{}|{}"), origin_name(record), record.source,
                     experiment_key(record.experiment), record.system_id,
                     simulation == nullptr ? "" : simulation->state + simulation->fold, record.campaign, record.launch);
}

Seconds time_of(const Record& record) {
  return std::visit(Overloaded{[](const Measurement& m) { return m.time.median; },
                               [](const Simulation& s) { return s.time; }, [](const Publication& p) { return p.time; }},
                    record.result);
}

Json to_json(const Record& record) {
  Json json{{"experiment", to_json(record.experiment)},
            {"system_id", record.system_id},
            {"origin", origin_name(record)},
            {"source", record.source}};
  if (!record.campaign.empty()) json["campaign"] = record.campaign;
  if (std::holds_alternative<Measurement>(record.result)) json["launch"] = record.launch;
  std::visit([&](const auto& result) { write(json, result); }, record.result);
  return json;
}

Record parse_record(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Record record;
  record.experiment = parse_experiment(reader.at("experiment"), reader.where("experiment"));
  record.system_id = reader.text("system_id");
  record.source = reader.text("source");
  record.campaign = reader.text_or("campaign", "");
  record.launch = reader.has("launch") ? static_cast<int>(reader.integer("launch", 0, 1'000'000)) : 0;
  record.result = read_result(reader);
  reader.finish();
  return record;
}

std::string_view to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::calibrate: return "calibrate";
    case Purpose::score: return "score";
    case Purpose::show: return "show";
  }
  throw std::logic_error("to_string: not a purpose");
}

std::string_view to_string(Clock clock) {
  switch (clock) {
    case Clock::makespan: return "makespan";
    case Clock::local_max: return "local_max";
    case Clock::mean_of_ranks: return "mean_of_ranks";
  }
  throw std::logic_error("to_string: not a clock");
}

std::string_view to_string(HowRead how_read) {
  switch (how_read) {
    case HowRead::tabulated: return "tabulated";
    case HowRead::digitised: return "digitised";
    case HowRead::scalar_only: return "scalar_only";
    case HowRead::not_reproducible: return "not_reproducible";
  }
  throw std::logic_error("to_string: not a way of reading");
}

}  // namespace ringtrue
