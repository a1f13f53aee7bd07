#include "sim/training/compute_profile.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "experiment/experiment.hpp"

namespace ringtrue {
namespace {

constexpr NumberRange computing_range{0, 1e6};

Json layers_json(const std::map<std::string, Seconds>& layers) {
  Json json = Json::object();
  for (const auto& [layer, time] : layers) json[layer] = time.count();
  return json;
}

std::map<std::string, Seconds> read_layers(ObjectReader& reader, const std::string& key) {
  const Json& json = reader.at(key);
  ObjectReader times(json, reader.where(key));
  std::map<std::string, Seconds> layers;
  for (const auto& [layer, time] : json.items()) layers[layer] = Seconds{times.number(layer, computing_range)};
  return layers;
}

}  // namespace

const ComputeProfile* find_profile(const std::vector<ComputeProfile>& profiles, const std::string& model, int batch) {
  const auto found = std::ranges::find_if(
      profiles, [&](const ComputeProfile& profile) { return profile.model == model && profile.batch == batch; });
  return found == profiles.end() ? nullptr : &*found;
}

ComputeProfile shared_profile(const ComputeProfile& of_one_rank, int sharing) {
  ComputeProfile shared = of_one_rank;
  for (auto& [layer, time] : shared.forward) time *= sharing;
  for (auto& [layer, time] : shared.backward) time *= sharing;
  shared.update *= sharing;
  shared.spread *= sharing;
  shared.extrapolated = true;
  return shared;
}

Json to_json(const ComputeProfile& profile) {
  return {{"model", profile.model},
          {"batch", profile.batch},
          {"extrapolated", profile.extrapolated},
          {"forward_s", layers_json(profile.forward)},
          {"backward_s", layers_json(profile.backward)},
          {"update_s", profile.update.count()},
          {"spread_s", profile.spread.count()}};
}

ComputeProfile parse_compute_profile(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  ComputeProfile profile{.model = reader.text("model"),
                         .batch = static_cast<int>(reader.integer("batch", 1, max_batch)),
                         .forward = read_layers(reader, "forward_s"),
                         .backward = read_layers(reader, "backward_s"),
                         .update = Seconds{reader.number("update_s", computing_range)},
                         .spread = Seconds{reader.number("spread_s", computing_range)},
                         .extrapolated = reader.boolean("extrapolated")};
  reader.finish();
  return profile;
}

}  // namespace ringtrue
