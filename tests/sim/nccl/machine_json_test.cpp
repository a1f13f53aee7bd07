#include "sim/nccl/machine_json.hpp"

#include <limits>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/sim/nccl/machines.hpp"

namespace ringtrue::nccl {
namespace {

using namespace testing;
using Catch::Contains;

/// A good platform of kind nccl, as JSON.
Json good_json() {
  Machine m = round_machine();
  m.covers = {.gpus = {2, 4}, .collectives = {Collective::all_reduce}, .least = 8_B, .most = 1024_MiB};
  return ringtrue::to_json(Platform{
      .model = "nccl", .describes = {"hgx-h100.h1.nvswitch"}, .machine = m, .sources = {"test"}, .fitted_on = {}});
}

std::string message_for(const Json& json) {
  try {
    parse_platform(json, "p.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

template <class Change>
std::string message_after(Change change) {
  Json json = good_json();
  change(json["machine"]);
  return message_for(json);
}

TEST_CASE("the platforms that come with us survive a round trip, what `calibrate` wrote byte for byte") {
  for (const std::string file : {"hgx_h100.json", "hpe_v100.json", "hgx_h100_others.json"}) {
    const std::string path = std::string(RINGTRUE_SOURCE_DIR) + "/sim/platforms/" + file;
    const std::string text = platform_file_text(read_platform_file(path).platforms);
    if (file != "hgx_h100_others.json") CHECK((text == read_text_file(path)));
    const Json json = parse_json(text, file);
    for (const Json& platform : json["platforms"])
      CHECK(ringtrue::to_json(parse_platform(platform, file)).dump() == platform.dump());
  }
}

TEST_CASE("a machine survives a round trip") {
  const Json json = good_json();
  REQUIRE(json["kind"] == "nccl");
  REQUIRE(message_for(json) == "no error");
  REQUIRE(ringtrue::to_json(parse_platform(json, "p.json")).dump() == json.dump());
}

TEST_CASE("every parameter has to be there, and says where its prior comes from") {
  for (std::size_t i = 0; i < quantities; ++i) {
    const std::string name(name_of(static_cast<Quantity>(i)));
    CHECK_THAT(message_after([&](Json& m) { m["parameters"].erase(name); }),
               Contains("p.json/machine/parameters") && Contains(name) && Contains("is missing"));
    CHECK_THAT(message_after([&](Json& m) { m["parameters"][name]["source"] = ""; }),
               Contains(name) && Contains("source") && Contains("where the prior comes from"));
    for (const std::string key : {"value", "prior", "width", "source"})
      CHECK_THAT(message_after([&](Json& m) { m["parameters"][name].erase(key); }),
                 Contains(name) && Contains(key) && Contains("is missing"));
  }
}

TEST_CASE("a parameter is a finite number above zero") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (const std::string key : {"value", "prior"})
    for (const Json& bad : {Json(nan), Json(infinity), Json(0), Json(-1), Json(1e10), Json("10"), Json(nullptr)})
      CHECK_THAT(message_after([&](Json& m) { m["parameters"]["ll_step_us"][key] = bad; }),
                 Contains("p.json/machine/parameters/ll_step_us") && Contains(key));
  for (const Json& bad : {Json(nan), Json(-0.1), Json(11), Json("wide")})
    CHECK_THAT(message_after([&](Json& m) { m["parameters"]["ll_step_us"]["width"] = bad; }),
               Contains("ll_step_us") && Contains("width"));
}

TEST_CASE("what is not fitted stays at its prior") {
  CHECK_THAT(message_after([](Json& m) { m["parameters"]["nic_GBps"]["value"] = 26; }),
             Contains("nic_GBps") && Contains("26") && Contains("the prior, as a width of 0 says"));
  CHECK(message_after([](Json& m) {
          m["parameters"]["nic_GBps"]["value"] = 26;
          m["parameters"]["nic_GBps"]["width"] = 0.1;
        }) == "no error");
}

TEST_CASE("unknown keys are named") {
  CHECK_THAT(message_after([](Json& m) { m["parameters"]["ll_steps_us"] = 1; }),
             Contains("unknown key 'll_steps_us'") && Contains("did you mean 'll_step_us'"));
  CHECK_THAT(message_after([](Json& m) { m["parameters"]["ll_step_us"]["unit"] = "us"; }),
             Contains("ll_step_us") && Contains("unknown key 'unit'"));
  CHECK_THAT(message_after([](Json& m) { m["node"] = 1; }), Contains("p.json/machine: unknown key 'node'"));
  CHECK_THAT(message_after([](Json& m) { m["links"][0]["GBps"] = 1; }), Contains("links/0: unknown key 'GBps'"));
  CHECK_THAT(message_after([](Json& m) { m["covers"]["nodes"] = 1; }), Contains("covers: unknown key 'nodes'"));
}

TEST_CASE("nodes need cards, and GPUs links") {
  CHECK_THAT(message_after([](Json& m) { m["nics_per_node"] = 0; }),
             Contains("nics_per_node") && Contains("at least 1 where most_nodes is above 1"));
  CHECK(message_after([](Json& m) {
          m["nics_per_node"] = 0;
          m["most_nodes"] = 1;
        }) == "no error");
  CHECK_THAT(message_after([](Json& m) { m["links"] = Json::array(); }), Contains("links") && Contains("at least one"));
  CHECK_THAT(message_after([](Json& m) { m["links"][0]["links"] = 0; }), Contains("links/0") && Contains("'links'"));
  CHECK_THAT(message_after([](Json& m) { m["gpus_per_node"] = 1; }), Contains("gpus_per_node"));
  CHECK_THAT(message_after([](Json& m) { m.erase("nvls"); }), Contains("nvls"));
  CHECK_THAT(message_after([](Json& m) { m["tuner"] = "yes"; }), Contains("tuner"));
}

TEST_CASE("what a fit covers is whole numbers of GPUs, collectives by name, and sizes that ascend") {
  CHECK_THAT(message_after([](Json& m) { m["covers"]["gpus"] = {2.5}; }),
             Contains("covers") && Contains("gpus") && Contains("whole numbers"));
  CHECK_THAT(message_after([](Json& m) { m["covers"]["gpus"] = {1}; }), Contains("gpus"));
  CHECK_THAT(message_after([](Json& m) { m["covers"]["collectives"] = {"all_reduec"}; }), Contains("all_reduec"));
  CHECK_THAT(message_after([](Json& m) { m["covers"]["most_bytes"] = 7; }), Contains("most_bytes"));
}

}  // namespace
}  // namespace ringtrue::nccl
