#include "experiment/record/phases.hpp"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "experiment/record/rounded.hpp"
#include "experiment/record/summary.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t most_phases = 100'000;
constexpr NumberRange a_month{0, 2.7e6};

}  // namespace

Json phases_json(const Phases& phases) {
  Json json = Json::object();
  for (const auto& [name, time] : phases) json[name] = rounded(time);
  return json;
}

Phases read_phases(ObjectReader& record) {
  Phases phases;
  if (!record.has("phases_s")) return phases;
  const Json& json = record.at("phases_s");
  ObjectReader reader(json, record.where("phases_s"));
  if (json.size() > most_phases) record.refuse("phases_s", "at most 100,000 phases");
  for (const auto& [name, time] : json.items()) phases[name] = Seconds{reader.number(name, a_month)};
  return phases;
}

Phases median_phases(std::span<const Phases> all) {
  std::map<std::string, std::vector<double>> times;
  for (const Phases& phases : all)
    for (const auto& [name, time] : phases) times[name].push_back(time.count());
  Phases medians;
  for (auto& [name, values] : times) medians[name] = Seconds{median(std::move(values))};
  return medians;
}

Seconds phase_of(const Phases& phases, const std::string& name) {
  const auto found = phases.find(name);
  return found == phases.end() ? Seconds{0} : found->second;
}

}  // namespace ringtrue
