#include "sim/training/stated_profile.hpp"

#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/simulate.hpp"
#include "tests/sim/training/toy.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

StatedProfile stated() {
  return {.model = "toy",
          .batch = 4,
          .forward = Seconds{6},
          .backward = Seconds{12},
          .update = Seconds{1},
          .source = "an assumption"};
}

// 2 x 200 operations in a, none in r, 2 x 40 in b.
TEST_CASE("totals are spread by the operations of the layers") {
  const StepCosts costs = costs_of(stated(), toy_model());
  REQUIRE(costs.forward == Seconds{6});
  REQUIRE(costs.loss_backward == Seconds{0});
  REQUIRE(costs.backward.size() == 3);
  REQUIRE_THAT(costs.backward[0].count(), Catch::WithinRel(10.0, 1e-12));
  REQUIRE(costs.backward[1] == Seconds{0});
  REQUIRE_THAT(costs.backward[2].count(), Catch::WithinRel(2.0, 1e-12));
}

TEST_CASE("a stated profile survives a round trip with its platform and is strict") {
  const Platform platform{.model = "p",
                          .describes = {"here"},
                          .machine = AlphaBetaRing{.base = {}, .link = {Seconds{1e-6}, 1_GBps}},
                          .sources = {},
                          .fitted_on = {},
                          .profiles = {stated()}};
  const Json good = to_json(platform);
  REQUIRE(to_json(parse_platform(good, "test")).dump() == good.dump());
  Json json = good;
  json["profiles"][0].erase("source");
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("p.json/profiles/0") && Contains("source"));
  json = good;
  json["profiles"][0]["update"] = 1;
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("unknown key 'update'"));
  json["profiles"] = 1;
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("a list"));
}

// One rank computes. In one bucket behind backward, 8 ranks exchange for 8.4 us + 14 x 3.4 us + 14 / 8 x 102,228,128 B
// at 370.8 GB/s: 538.5 us.
TEST_CASE("the committed platform predicts how ResNet-50 scales on HGX-H100") {
  const std::filesystem::path root = RINGTRUE_SOURCE_DIR;
  const Suite suite = read_suite(root / "experiment/suites/hgx_h100_training.json");
  const PlatformFile file = read_platform_file(root / "sim/platforms/hgx_h100.json");
  const StatedProfile& profile = file.platforms.at(0).profiles.at(0);
  const Seconds alone = profile.forward + profile.backward + profile.update;
  const RecordFile simulated = simulate_suites({suite}, {file});
  REQUIRE(simulated.records.size() == suite.rows.size());
  for (const Record& record : simulated.records) {
    const auto& simulation = std::get<Simulation>(record.result);
    const auto& step = std::get<TrainingStep>(record.experiment.workload);
    const Seconds exposed = phase_of(simulation.phases, "exposed");
    REQUIRE_THAT((simulation.time - exposed) / alone, Catch::WithinRel(1.0, 1e-9));
    REQUIRE((exposed > Seconds{0}) == (record.experiment.ranks > 1));
    if (record.experiment.ranks == 8 && step.buckets.rule == BucketRule::one)
      REQUIRE_THAT(exposed.count() * 1e6, Catch::WithinAbs(56 + 482.4682, 1e-3));
  }
}

}  // namespace
}  // namespace ringtrue
