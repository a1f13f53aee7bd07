#include "sim/training/stated_profile.hpp"

#include <cmath>
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

/// A ring with Simple on a node, see sim/nccl/time.hpp; one process a GPU launches while the others still compute.
double ring_microseconds(double bytes, int gpus, const nccl::Machine& node) {
  const auto value = [&](nccl::Quantity q) { return node.parameters[q].value; };
  const double steps = 2 * (gpus - 1);
  const double wire = steps / gpus * bytes / (18 * value(nccl::Quantity::link_bandwidth) * 1e3);
  return value(nccl::Quantity::simple_base) + value(nccl::Quantity::simple_doubling) * std::log2(gpus) +
         wire * (1 + value(nccl::Quantity::ring_bubble) / steps) +
         value(nccl::Quantity::ring_jitter) * std::sqrt(bytes / (1 << 20));
}

// One rank computes. In one bucket behind backward, 8 ranks exchange all 102,228,128 B of gradients by one ring.
TEST_CASE("the committed platform predicts how ResNet-50 scales on HGX-H100") {
  const std::filesystem::path root = RINGTRUE_SOURCE_DIR;
  const Suite suite = read_suite(root / "experiment/suites/hgx_h100_training.json");
  const PlatformFile file = read_platform_file(root / "sim/platforms/hgx_h100.json");
  const Platform& platform = file.platforms.at(0);
  const StatedProfile& profile = platform.profiles.at(0);
  const Seconds alone = profile.forward + profile.backward + profile.update;
  const double one_bucket = ring_microseconds(102'228'128, 8, std::get<nccl::Machine>(platform.machine));
  const RecordFile simulated = simulate_suites({suite}, {file});
  REQUIRE(simulated.records.size() == suite.rows.size());  // each number of ranks on as many nodes as it fills
  for (const Record& record : simulated.records) {
    const auto& simulation = std::get<Simulation>(record.result);
    const auto& step = std::get<TrainingStep>(record.experiment.workload);
    const Seconds exposed = phase_of(simulation.phases, "exposed");
    REQUIRE_THAT((simulation.time - exposed) / alone, Catch::WithinRel(1.0, 1e-9));
    REQUIRE((exposed > Seconds{0}) == (record.experiment.ranks > 1));
    if (record.experiment.ranks == 8 && step.buckets.rule == BucketRule::one)
      REQUIRE_THAT(exposed.count() * 1e6, Catch::WithinRel(one_bucket, 1e-9));
  }
}

}  // namespace
}  // namespace ringtrue
