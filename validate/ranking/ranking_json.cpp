#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "validate/ranking/ranking.hpp"

namespace ringtrue {
namespace {

constexpr NumberRange a_time{0, 1e12};

Json json_of(const AlgorithmTime& t) {
  return {{"experiment", to_json(t.experiment)},
          {"scored", t.scored},
          {"measured_s", t.measured.count()},
          {"interval_s", Json::array({t.interval_s.lower, t.interval_s.upper})},
          {"ratio", t.ratio},
          {"launches", t.launches}};
}

AlgorithmTime read_time(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  AlgorithmTime t{.experiment = parse_experiment(reader.at("experiment"), reader.where("experiment")),
                  .scored = reader.boolean("scored"),
                  .measured = Seconds{reader.number("measured_s", a_time)},
                  .interval_s = {},
                  .ratio = reader.number("ratio", {1e-12, 1e12}),
                  .launches = static_cast<int>(reader.integer("launches", 0, 1'000'000'000))};
  if (as_collective(t.experiment) == nullptr && as_training(t.experiment) == nullptr)
    reader.refuse("experiment", "a collective or a training step");
  const std::vector<double> bounds = reader.numbers("interval_s");
  if (bounds.size() != 2) reader.refuse("interval_s", "two numbers, lower and upper");
  t.interval_s = {bounds[0], bounds[1]};
  reader.finish();
  return t;
}

}  // namespace

Json to_json(const Ranking& ranking) {
  Json times = Json::array();
  for (const AlgorithmTime& time : ranking.times) times.push_back(json_of(time));
  return {{"model", ranking.model},
          {"system_id", ranking.system_id},
          {"times", times},
          {"choice", ranking.choice},
          {"flips", ranking.flips}};
}

Ranking parse_ranking(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Ranking ranking{.model = reader.text("model"), .system_id = reader.text("system_id"), .times = {}};
  const Json& times = reader.at("times");
  if (!times.is_array() || times.empty()) reader.refuse("times", "a list with at least one time");
  for (const Json& time : times) ranking.times.push_back(read_time(time, reader.where("times")));
  const bool training = as_training(ranking.times.front().experiment) != nullptr;
  for (const AlgorithmTime& time : ranking.times)
    if ((as_training(time.experiment) != nullptr) != training)
      reader.refuse("times", "times of collectives, or of training steps, not both");
  ranking.choice =
      static_cast<std::size_t>(reader.integer("choice", 0, static_cast<std::int64_t>(ranking.times.size()) - 1));
  ranking.flips = reader.boolean("flips");
  reader.finish();
  return ranking;
}

}  // namespace ringtrue
