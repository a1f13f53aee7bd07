#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "sim/calibrate.hpp"
#include "tests/sim/calibration.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

/// Layers a and b take 2 and 1 parts of `part_us` forward and twice as much backward, the loss 1 and 2; 1 part of each
/// pass lies between layers. The update takes 3 parts.
Record profile(int ranks, double part_us, int launch = 0, double canary_us = 0.1, int batch = 4) {
  Record record = measured(LayerProfile{"toy", 1048_B, batch}, ranks, 18 * part_us, launch, canary_us);
  std::get<Measurement>(record.result).phases = {
      {"forward", us(5 * part_us)},    {"forward/a", us(2 * part_us)},     {"forward/b", us(part_us)},
      {"forward/loss", us(part_us)},   {"backward", us(10 * part_us)},     {"backward/a", us(4 * part_us)},
      {"backward/b", us(2 * part_us)}, {"backward/loss", us(2 * part_us)}, {"update", us(3 * part_us)}};
  return record;
}

TEST_CASE("one rank is calibrated by its layer profile alone") {
  const std::vector<Platform> platforms = fit_of({profile(1, 8)});
  REQUIRE(platforms.size() == 1);  // no link for the textbook, nothing moved for the bound
  const ClusterScale& scale = cluster_of(platforms).scales.at(0);
  REQUIRE(scale.ranks == 1);
  REQUIRE(scale.profiles.size() == 1);
  const ComputeProfile& fitted = scale.profiles.front();
  REQUIRE(fitted.batch == 4);
  REQUIRE_FALSE(fitted.extrapolated);
  // Layers are 4 parts of 5 forward, 8 of 10 backward: each takes 5 / 4 of its own time.
  require_us(fitted.forward.at("a"), 8 * 2 * 1.25);
  require_us(fitted.forward.at("loss"), 8 * 1.25);
  require_us(fitted.backward.at("b"), 8 * 2 * 1.25);
  require_us(fitted.update, 24);
  const std::string text = platform_file_text(platforms);
  REQUIRE(platform_file_text({parse_platform(to_json(platforms.front()), "test")}) == text);
  REQUIRE(text.find("same_core") == std::string::npos);
}

TEST_CASE("profiles enter as the median of their launches, each machine state by itself") {
  std::vector<Record> records;
  const auto add = [&](int launch, double part_us, double canary_us) {
    for (Record& record : two_ranks(launch, 1, canary_us)) records.push_back(std::move(record));
    records.push_back(profile(2, part_us, launch, canary_us));
  };
  add(0, 8, 0.1);
  add(1, 10, 0.1);
  add(2, 80, 0.1);  // an outlier that the median ignores
  add(3, 16, 0.3);
  const std::vector<Platform> platforms = fit_of(records);
  const ClusterPlatform& cluster = cluster_of(platforms);
  REQUIRE(cluster.scales.size() == 2);
  REQUIRE(cluster.scales[0].state == "fast");
  require_us(cluster.scales[0].profiles.at(0).update, 30);
  require_us(cluster.scales[1].profiles.at(0).update, 48);
  REQUIRE_FALSE(cluster.scales[1].pooled);
  // A draw of launch 0 alone has no launch in the slow state, so the fast one stands in.
  const std::vector<Platform> drawn = fit_of(records, {{2, {0, 0}}});
  require_us(cluster_of(drawn).scales[0].profiles.at(0).update, 24);
  require_us(cluster_of(drawn).scales[1].profiles.at(0).update, 24);
  REQUIRE(cluster_of(drawn).scales[1].pooled);
}

TEST_CASE("a batch that was measured at one rank only is extrapolated by the ranks on a core") {
  std::vector<Record> records = two_ranks();
  records.push_back(profile(1, 8));
  records.push_back(profile(1, 4, 0, 0.1, 2));
  records.push_back(profile(2, 9));
  records.push_back(measured(exchange(8_B, 1), 4, 1.5));
  records.push_back(measured(exchange(8_B, 11), 4, 11.5));
  records.push_back(measured(reduce(160'000_B), 4, 96));
  const std::vector<Platform> platforms = fit_of(records);
  const ClusterPlatform& cluster = cluster_of(platforms);
  REQUIRE(cluster.scales.size() == 3);
  const ComputeProfile* own = find_profile(cluster.scales[1].profiles, "toy", 4);
  REQUIRE(own != nullptr);
  require_us(own->update, 27);
  REQUIRE_FALSE(own->extrapolated);
  const ComputeProfile* small = find_profile(cluster.scales[1].profiles, "toy", 2);
  REQUIRE(small != nullptr);
  require_us(small->update, 12);  // two ranks on two cores
  REQUIRE(small->extrapolated);
  const ComputeProfile* shared = find_profile(cluster.scales[2].profiles, "toy", 4);
  REQUIRE(shared != nullptr);
  require_us(shared->update, 48);  // four ranks on two cores
  require_us(shared->forward.at("a"), 40);
  REQUIRE(shared->extrapolated);
}

TEST_CASE("training steps and what has no layers are not fitted on") {
  std::vector<Record> records = two_ranks();
  records.push_back(measured(TrainingStep{.model = "toy", .gradients = 1048_B, .batch = 4}, 2, 100));
  REQUIRE(fit_of(records).front().fitted_on.size() == 4);
  records.back() = measured(LayerProfile{"toy", 1048_B, 4}, 2, 100);
  REQUIRE_THROWS_WITH(fit_of(records), Contains("layer_profile") && Contains("phases_s") && Contains("measure"));
  REQUIRE_THROWS_WITH(fit_of({measured(reduce(8_KiB), 1, 8)}), Contains("1 rank") && Contains("layer_profile"));
  records = two_ranks();
  records.erase(records.begin());
  records.push_back(profile(2, 8));  // it does not make up for messages
  REQUIRE_THROWS_WITH(fit_of(records), Contains("2 ranks") && Contains("repetitions 1"));
}

}  // namespace
}  // namespace ringtrue
