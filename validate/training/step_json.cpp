#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "validate/interval_json.hpp"
#include "validate/training/step.hpp"

namespace ringtrue {
namespace {

constexpr NumberRange step_time_range{0, 1e12};

template <class Read>
auto read_object(ObjectReader& outer, const std::string& key, Read read) {
  ObjectReader reader(outer.at(key), outer.where(key));
  auto value = read(reader);
  reader.finish();
  return value;
}

StepTimes read_steps(ObjectReader& reader) {
  return {.samples = reader.integer("samples", 1, INT64_MAX),
          .p50 = Seconds{reader.number("p50_s", step_time_range)},
          .p95 = Seconds{reader.number("p95_s", step_time_range)}};
}

LossRange read_losses(ObjectReader& reader) { return {.first = reader.number("first"), .last = reader.number("last")}; }

ComputeAlone read_alone(ObjectReader& reader) {
  return {.time = Seconds{reader.number("time_s", step_time_range)},
          .interference = reader.number("interference", {0, 1e12})};
}

}  // namespace

Json exact_phases_json(const Phases& phases) {
  Json json = Json::object();
  for (const auto& [name, time] : phases) json[name] = time.count();
  return json;
}

Json to_json(const TrainingDetails& details) {
  Json json{{"phases_s", exact_phases_json(details.phases)}};
  for (const auto& [part, half] : details.middle_half_s) json["middle_half_s"][part] = json_of(half);
  if (details.steps)
    json["steps"] = {{"samples", details.steps->samples},
                     {"p50_s", details.steps->p50.count()},
                     {"p95_s", details.steps->p95.count()}};
  if (details.losses) json["losses"] = {{"first", details.losses->first}, {"last", details.losses->last}};
  if (details.alone)
    json["alone"] = {{"time_s", details.alone->time.count()}, {"interference", details.alone->interference}};
  return json;
}

TrainingDetails parse_training_details(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  TrainingDetails details{.phases = read_phases(reader), .middle_half_s = {}, .steps = {}, .losses = {}, .alone = {}};
  if (reader.has("middle_half_s"))
    details.middle_half_s = read_object(reader, "middle_half_s", [&](ObjectReader& parts) {
      std::map<std::string, Interval> halves;
      for (const auto& [part, half] : json.at("middle_half_s").items()) halves[part] = read_interval(parts, part);
      return halves;
    });
  if (reader.has("steps")) details.steps = read_object(reader, "steps", read_steps);
  if (reader.has("losses")) details.losses = read_object(reader, "losses", read_losses);
  if (reader.has("alone")) details.alone = read_object(reader, "alone", read_alone);
  reader.finish();
  return details;
}

Json to_json(const TrainingPrediction& p) {
  return {{"model", p.model},          {"experiment", to_json(p.experiment)},     {"system_id", p.system_id},
          {"time_s", p.time.count()},  {"phases_s", exact_phases_json(p.phases)}, {"extrapolated", p.extrapolated},
          {"assumption", p.assumption}};
}

TrainingPrediction parse_training_prediction(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  TrainingPrediction p{.model = reader.text("model"),
                       .experiment = parse_experiment(reader.at("experiment"), reader.where("experiment")),
                       .system_id = reader.text("system_id"),
                       .time = Seconds{reader.number("time_s", {1e-12, 1e12})},
                       .phases = read_phases(reader),
                       .extrapolated = reader.boolean("extrapolated"),
                       .assumption = reader.text("assumption")};
  if (as_training(p.experiment) == nullptr) reader.refuse("experiment", "a training step");
  reader.finish();
  return p;
}

}  // namespace ringtrue
