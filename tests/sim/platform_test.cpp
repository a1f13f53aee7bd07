#include "sim/platform.hpp"

#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

Platform cluster() {
  ClusterScale scale;
  scale.ranks = 4;
  scale.state = "fast";
  scale.turn = Seconds{3e-6};
  scale.skew = Seconds{1e-6};
  scale.same_core = scale.cross_core = CostTable({{1_KiB, 4_KiB, Seconds{2e-6}}}, 4032_B);
  scale.fresh = CostTable({{1_KiB, 4_KiB, Seconds{1e-6}}}, 4032_B);
  scale.reduce = CostTable({{1_KiB, 4_KiB, Seconds{1e-6}}}, 0_B);
  scale.launches = 6;
  return {.model = "cluster",
          .describes = {"host.h1.c2.block.sm"},
          .machine = ClusterPlatform{.system = {}, .eager_limit = 4096_B, .state_threshold_s = 2e-7, .scales = {scale}},
          .sources = {"test"},
          .fitted_on = {"a", "b"}};
}

TEST_CASE("a platform survives a round trip to JSON, byte for byte") {
  const Json json = to_json(cluster());
  REQUIRE(to_json(parse_platform(json, "test")).dump() == json.dump());
}

Platform astra() {
  return {.model = "astra",
          .describes = {"host.h1.c2.block.sm"},
          .machine = AstraRing{.latency = Seconds{1e-6}, .bandwidth = {10e9}, .memory = {4e9}},
          .sources = {"test"},
          .fitted_on = {"a"}};
}

TEST_CASE("ASTRA-sim's view of a system survives a round trip and is strict") {
  const Json good = to_json(astra());
  REQUIRE(good["kind"] == "astra_ring");
  REQUIRE(to_json(parse_platform(good, "test")).dump() == good.dump());
  for (const std::string key : {"latency_s", "bandwidth_bytes_per_s", "memory_bytes_per_s"}) {
    Json json = good;
    json["machine"][key] = -1;
    REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("p.json/machine") && Contains(key) && Contains("-1"));
    json["machine"][key] = 1e19;  // beyond ASTRA-sim's clock, or any link
    REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains(key) && Contains("1e+19"));
    json["machine"][key] = "fast";
    REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains(key) && Contains("fast"));
    json["machine"].erase(key);
    REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains(key) && Contains("is missing"));
  }
  Json json = good;
  json["machine"]["bandwidth"] = 1;
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("unknown key 'bandwidth'"));
}

TEST_CASE("hosts that share cores have what an acknowledgement costs, others do not") {
  REQUIRE_FALSE(to_json(cluster())["machine"]["scales"][0].contains("acknowledgement_s"));
  Platform platform = cluster();
  auto& hosts = std::get<ClusterPlatform>(platform.machine);
  hosts.system = parse_system_id("cluster.h4.pool1.block.tcp", "test");
  hosts.scales.front().acknowledgement = Seconds{5e-6};
  Json json = to_json(platform);
  REQUIRE(to_json(parse_platform(json, "test")).dump() == json.dump());
  Json& scale = json["machine"]["scales"][0];
  scale["acknowledgement_s"] = -1;
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("acknowledgement_s") && Contains("-1"));
  scale.erase("acknowledgement_s");  // fitted before the model knew of them
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("acknowledgement_s") && Contains("is missing"));
}

TEST_CASE("one machine state is written as null") {
  Platform platform = cluster();
  std::get<ClusterPlatform>(platform.machine).state_threshold_s = std::numeric_limits<double>::infinity();
  const Json json = to_json(platform);
  REQUIRE(json["machine"]["state_threshold_s"].is_null());
  REQUIRE(to_json(parse_platform(json, "test")).dump() == json.dump());
}

TEST_CASE("errors name the key") {
  Json json = to_json(cluster());
  json["kind"] = "clster";
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"),
                      Contains("p.json") && Contains("kind") && Contains("alpha_beta_ring"));
  json = to_json(cluster());
  json["machine"]["scales"][0]["turn_s"] = -1;
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("turn_s") && Contains("-1"));
  json = to_json(cluster());
  json["machine"]["scales"][0]["turns"] = 1;
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"),
                      Contains("unknown key 'turns'") && Contains("did you mean 'turn_s'"));
  json = to_json(cluster());
  json["machine"]["scales"][0]["reduce"] = Json::array();
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("reduce") && Contains("at least one"));
  json = to_json(cluster());
  json["describes"] = Json::array();
  REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("describes") && Contains("at least one"));
}

TEST_CASE("the committed platforms read, and each says where its parameters come from") {
  const auto read = [](const char* name) {
    return read_platform_file(std::filesystem::path(RINGTRUE_SOURCE_DIR) / "sim/platforms" / name).platforms;
  };
  for (const char* name : {"hgx_h100.json", "hpe_v100.json"}) {
    const std::vector<Platform> ours = read(name);
    REQUIRE(ours.size() == 1);
    REQUIRE(ours.front().sources.size() >= 3);
    REQUIRE_FALSE(ours.front().fitted_on.empty());
    REQUIRE(model_kind(ours.front()) == "nccl");
  }
  for (const Platform& platform : read("hgx_h100_others.json")) {
    REQUIRE(platform.sources.size() >= 2);
    REQUIRE(platform.fitted_on.empty());
    REQUIRE((model_kind(platform) == "alpha_beta_ring" || model_kind(platform) == "astra_switch"));
  }
}

TEST_CASE("a platform of GPUs without launch mode stands for all modes, another for its own only") {
  Platform platform = cluster();
  platform.describes = {"hgx-h100.h1.nvswitch"};
  for (const std::string id : {"hgx-h100.h1.nvswitch", "hgx-h100.h1.nvswitch.one_process",
                               "hgx-h100.h1.nvswitch.process_per_gpu", "hgx-h100.h1.nvswitch.cuda_graph"})
    CHECK(stands_for(platform, id));
  for (const std::string id :
       {"hgx-h100.h2.nvswitch", "hgx-h100.h1.nvswitch.mpirun", "hgx-h100.h1.nvlink", "hgx-h100", "host.h1.c2.block.sm"})
    CHECK_FALSE(stands_for(platform, id));
  platform.describes = {"hgx-h100.h1.nvswitch.one_process"};
  CHECK(stands_for(platform, "hgx-h100.h1.nvswitch.one_process"));
  CHECK_FALSE(stands_for(platform, "hgx-h100.h1.nvswitch.process_per_gpu"));
  CHECK_FALSE(stands_for(platform, "hgx-h100.h1.nvswitch"));
  CHECK(stands_for(cluster(), "host.h1.c2.block.sm"));
}

TEST_CASE("ASTRA-sim's view of a node survives a round trip and is strict") {
  Platform platform = astra();
  platform.machine = AstraSwitch{.latency = Seconds{1e-6}, .bandwidth = {10e9}, .memory = {4e9}, .chunks = 4};
  const Json good = to_json(platform);
  REQUIRE(good["kind"] == "astra_switch");
  REQUIRE(to_json(parse_platform(good, "test")).dump() == good.dump());
  for (const std::string key : {"endpoint_delay_ns", "chunks", "active_chunks"}) {
    Json json = good;
    json["machine"][key] = 0;
    REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains("p.json/machine") && Contains(key));
    json["machine"].erase(key);
    REQUIRE_THROWS_WITH(parse_platform(json, "p.json"), Contains(key) && Contains("is missing"));
  }
}

TEST_CASE("a missing platform file is named") {
  REQUIRE_THROWS_WITH(read_platform_file("/nowhere/p.json"), Contains("/nowhere/p.json"));
}

}  // namespace
}  // namespace ringtrue
