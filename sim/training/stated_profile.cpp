#include "sim/training/stated_profile.hpp"

#include <nlohmann/json.hpp>

namespace ringtrue {

StepCosts costs_of(const StatedProfile& profile, const Model& model) {
  const double flop = forward_flop(model);
  StepCosts costs{
      .forward = profile.forward, .loss_backward = {}, .backward = {}, .update = profile.update, .buckets = {}};
  for (const Layer& layer : model.layers) costs.backward.push_back(profile.backward * (forward_flop(layer) / flop));
  return costs;
}

Json to_json(const StatedProfile& profile) {
  return {{"model", profile.model},
          {"batch", profile.batch},
          {"forward_s", profile.forward.count()},
          {"backward_s", profile.backward.count()},
          {"update_s", profile.update.count()},
          {"source", profile.source}};
}

StatedProfile parse_stated_profile(const Json& json, const std::string& where) {
  constexpr NumberRange of_a_step{0, 1e6};
  ObjectReader reader(json, where);
  StatedProfile profile{.model = reader.text("model"),
                        .batch = static_cast<int>(reader.integer("batch", 1, max_batch)),
                        .forward = Seconds{reader.number("forward_s", of_a_step)},
                        .backward = Seconds{reader.number("backward_s", of_a_step)},
                        .update = Seconds{reader.number("update_s", of_a_step)},
                        .source = reader.text("source")};
  reader.finish();
  return profile;
}

}  // namespace ringtrue
