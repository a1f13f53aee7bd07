// What `ringtrue-sim astra` does with files, up to the text it prints.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/sim/astra/command_files.hpp"

using namespace ringtrue::astra;
using namespace ringtrue::astra::testing;
using Catch::Contains;
using ringtrue::Collective;
using ringtrue::Json;

namespace {

std::vector<std::string> keys(const Json& json) {
  std::vector<std::string> names;
  for (const auto& [key, value] : json.items()) names.push_back(key);
  return names;
}

}  // namespace

TEST_CASE("--json: one object, its keys in order") {
  const Files files;
  const Json json = printed(files.collective());
  CHECK(keys(json) == std::vector<std::string>{"npus", "cycles_max", "cycles_min", "compute_cycles", "comm_cycles",
                                               "exposed_comm_cycles", "cycles", "path", "warnings"});
  CHECK(json["npus"] == 4);
  CHECK(json["cycles_max"] == ring_4_cycles);
  CHECK(json["cycles_min"] == ring_4_cycles);
  CHECK(json["compute_cycles"] == 0);
  CHECK(json["comm_cycles"] == ring_4_cycles);
  CHECK(json["exposed_comm_cycles"] == ring_4_cycles);
  CHECK(json["cycles"] == std::vector<std::uint64_t>(4, ring_4_cycles));
  CHECK(json["path"] == "symmetric");
  CHECK(json["warnings"].empty());
}

TEST_CASE("--path event says the same of every rank") {
  const Files files;
  Request request = files.collective();
  Json symmetric = printed(request);
  request.path = "event";
  Json event = printed(request);
  CHECK(event["path"] == "event");
  symmetric.erase("path");
  event.erase("path");
  CHECK(event == symmetric);
}

TEST_CASE("cycles of each rank are listed up to 4,096 NPUs") {
  const Files files;
  files.network("Ring", 4096);
  CHECK(printed(files.collective()).at("cycles").size() == 4096);
  files.network("Ring", 4097);
  const Json json = printed(files.collective());
  CHECK_FALSE(json.contains("cycles"));
  CHECK(json["npus"] == 4097);
}

TEST_CASE("the four implementations, for the collectives they know") {
  const Files files;
  files.network("FullyConnected", 4);
  std::vector<std::uint64_t> cycles;
  for (const std::string implementation : {"ring", "direct", "halvingDoubling", "doubleBinaryTree"}) {
    files.system(implementation);
    cycles.push_back(printed(files.collective()).at("cycles_max").get<std::uint64_t>());
  }
  CHECK(cycles[0] == ring_4_cycles);
  // direct: the slowest of three messages of 65,536 B out, in, and out again; 2 steps of h instead of 6.
  CHECK(cycles[1] < cycles[0]);
  // halving: 131,072 B then 65,536 B, and back: 4 steps instead of 6.
  CHECK(cycles[2] < cycles[0]);
  // The tree does not divide the chunk.
  CHECK(cycles[3] > cycles[0]);
  for (const std::string collective : {"reduce_scatter", "all_gather", "all_to_all"}) {
    files.system("ring");
    CHECK(printed(files.collective(collective)).at("comm_cycles") > 0);
    files.system("doubleBinaryTree");
    CHECK_THROWS_WITH(run(files.collective(collective)), Contains("only an all-reduce"));
  }
}

TEST_CASE("the backends differ where a switch is crossed") {
  const Files files;
  files.network("Switch", 4);
  Request request = files.collective();
  const auto aware = printed(request)["cycles_max"].get<std::uint64_t>();
  request.backend = "congestion_unaware";
  // Per step 2 x int(500 + 1,220.7) against int(2 x 500 + 1,220.7): 3,440 - 2,220 = 1,220 cycles; 6 steps, 4 chunks.
  CHECK(printed(request)["cycles_max"] == aware - std::uint64_t{6 * 4 * 1220});
}

TEST_CASE("warnings of files and of the run are printed") {
  const Files files;
  files.system("ring", R"(, "L": 1)");
  const Json json = printed(files.collective("all_reduce", "1000003 B"));
  REQUIRE(json["warnings"].size() == 2);
  CHECK_THAT(json["warnings"][0].get<std::string>(), Contains("'L' has no effect"));
  CHECK_THAT(json["warnings"][1].get<std::string>(), Contains("5 chunks of 250000"));
}

TEST_CASE("requests that contradict themselves or lack something") {
  const Files files;
  const auto refused = [&](void (*change)(Request&), const std::string& why) {
    Request request = files.collective();
    change(request);
    CHECK_THROWS_WITH(run(request), Contains(why));
  };
  refused([](Request& r) { r.collective = ""; }, "give either --workload or --collective");
  refused([](Request& r) { r.workload = "t"; }, "give either --workload or --collective");
  refused([](Request& r) { r.bytes = ""; }, "--collective needs --bytes");
  refused([](Request& r) { r.bytes = "0 B"; }, "--bytes 0: a collective moves at least 1 byte");
  refused([](Request& r) { r.bytes = "1 M"; }, "--bytes");
  refused([](Request& r) { r.bytes = "1e400 B"; }, "--bytes");
  refused([](Request& r) { r.collective = "all_reduces"; }, "--collective");
  refused([](Request& r) { r.collective = "broadcast"; }, "only replays a given duration");
  refused(
      [](Request& r) { r.backend = "congestion_awar"; },
      "--backend 'congestion_awar' (did you mean 'congestion_aware'?); allowed: congestion_aware, congestion_unaware");
  refused([](Request& r) { r.path = "evnt"; },
          "--path 'evnt' (did you mean 'event'?); allowed: auto, event, symmetric");
  refused([](Request& r) { r.queues_per_dim = 0; }, "--num-queues-per-dim is less than 1");
  refused([](Request& r) { r.injection_scale = 0; }, "injection scale 0");
  refused([](Request& r) { r.network += "x"; }, "cannot be read");
  refused([](Request& r) { r.system += "x"; }, "cannot be read");
  CHECK_THROWS_WITH(run(files.workload("none")), Contains("none.0.et does not exist, nor is"));
}

TEST_CASE("remote memory") {
  const Files files;
  Request request = files.collective();
  request.remote_memory = files.folder().write("memory.json", R"({"memory-type": "NO_MEMORY_EXPANSION"})");
  CHECK(run(request).cycles_max == ring_4_cycles);
  for (const std::string text :
       {R"({"memory-type": "PER_NODE_MEMORY_EXPANSION"})", R"({"memory-type": 1})", "{}", "[]"}) {
    files.folder().write("memory.json", text);
    CHECK_THROWS_AS(run(request), ringtrue::Error);
  }
  files.folder().write("memory.json", R"({"memory-type": "\u001b[2J"})");
  CHECK_THROWS_WITH(run(request), Contains("memory-type is '\\x1b[2J'; only NO_MEMORY_EXPANSION is modelled"));
}

TEST_CASE("the table names what was run") {
  const Files files;
  const Request request = files.collective();
  const std::string table = table_text(run(request), request);
  CHECK_THAT(table, Contains("all_reduce of 1MiB on 4 NPUs, congestion_aware, symmetric path; 1 cycle = 1 ns"));
  CHECK_THAT(table, Contains("last rank ends") && Contains("43,000"));
  CHECK_THAT(table, !Contains("first rank ends"));
  CHECK(table_text({.npus = 2, .cycles_max = 1'234'567, .cycles_min = 999}, request).find("1,234,567") !=
        std::string::npos);
}
