#include "sim/training/compute_profile.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

ComputeProfile profile() {
  return {.model = "toy",
          .batch = 4,
          .forward = {{"a", Seconds{2}}, {"loss", Seconds{1}}},
          .backward = {{"a", Seconds{4}}, {"loss", Seconds{1}}},
          .update = Seconds{3}};
}

TEST_CASE("a profile survives a round trip to JSON and is strict") {
  const Json good = to_json(profile());
  REQUIRE(to_json(parse_compute_profile(good, "test")).dump() == good.dump());
  REQUIRE(good["forward_s"]["a"] == 2.0);
  Json json = good;
  json["backward_s"]["a"] = -1;
  REQUIRE_THROWS_WITH(parse_compute_profile(json, "p.json"), Contains("p.json/backward_s") && Contains("-1"));
  json = good;
  json["batch"] = 0;
  REQUIRE_THROWS_WITH(parse_compute_profile(json, "p.json"), Contains("batch"));
  json = good;
  json["update"] = 1;
  REQUIRE_THROWS_WITH(parse_compute_profile(json, "p.json"), Contains("unknown key 'update'"));
}

TEST_CASE("a profile is found by model and batch") {
  const std::vector<ComputeProfile> profiles{profile()};
  REQUIRE(find_profile(profiles, "toy", 4) == &profiles.front());
  REQUIRE(find_profile(profiles, "toy", 8) == nullptr);
  REQUIRE(find_profile(profiles, "other", 4) == nullptr);
}

TEST_CASE("ranks that share a core take as many times as long") {
  const ComputeProfile shared = shared_profile(profile(), 3);
  REQUIRE(shared.forward.at("a") == Seconds{6});
  REQUIRE(shared.backward.at("loss") == Seconds{3});
  REQUIRE(shared.update == Seconds{9});
  REQUIRE(shared.extrapolated);
}

}  // namespace
}  // namespace ringtrue
