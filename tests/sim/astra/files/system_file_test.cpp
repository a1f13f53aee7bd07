#include "sim/astra/files/system_file.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/astra/files/folder.hpp"

using namespace ringtrue::astra;
using Catch::Contains;
using Catch::StartsWith;
using ringtrue::Collective;

namespace {

SystemFile parse(const std::string& members) { return parse_system("{" + members + "}", "sys.json"); }

void refused(const std::string& members, const std::string& why) {
  CHECK_THROWS_MATCHES(parse(members), ringtrue::Error, Catch::Matchers::Message("sys.json: " + why));
}

void refused_with(const std::string& members, const std::string& part) {
  CAPTURE(members.substr(0, 200));
  CHECK_THROWS_WITH(parse(members), StartsWith("sys.json") && Contains(part));
}

}  // namespace

TEST_CASE("every key that has an effect") {
  const SystemFile file = parse(R"("scheduling-policy": "LIFO", "endpoint-delay": 12, "active-chunks-per-dimension": 2,
      "preferred-dataset-splits": 4, "collective-optimization": "baseline", "local-mem-bw": 3350.5, "peak-perf": 989,
      "roofline-enabled": 1, "replay-only": 1, "track-local-mem": 1, "boost-mode": 0, "trace-enabled": 1,
      "local-mem-trace-filename": "x", "model-shared-bus": 0,
      "all-reduce-implementation": ["ring", "direct7"], "reduce-scatter-implementation": ["oneDirect"],
      "all-gather-implementation": ["halvingDoubling"], "all-to-all-implementation": ["doubleBinaryTree"])");
  const SystemLayer& system = file.system;
  CHECK(system.endpoint_delay == 12);
  CHECK(system.active_chunks_per_dimension == 2);
  CHECK(system.preferred_dataset_splits == 4);
  CHECK_FALSE(system.local_bw_aware);
  CHECK(system.local_mem_bw_gb_per_s == 3350.5);
  CHECK(system.peak_perf_tflops == 989);
  CHECK(system.roofline_enabled);
  CHECK(system.replay_only);
  CHECK(file.tracks_local_memory);
  CHECK(file.warnings.empty());
  REQUIRE(system.implementations.at(Collective::all_reduce).size() == 2);
  CHECK(to_string(system.implementations.at(Collective::all_reduce)[0]) == "ring");
  CHECK(system.implementations.at(Collective::all_reduce)[1].window == 7);
  CHECK(system.implementations.at(Collective::reduce_scatter)[0].flat);
  CHECK(system.implementations.at(Collective::all_gather)[0].algorithm == Algorithm::halving_doubling);
  CHECK(system.implementations.at(Collective::all_to_all)[0].algorithm == Algorithm::double_binary_tree);
}

TEST_CASE("defaults are ASTRA-sim's") {
  const SystemFile file = parse("");
  CHECK(file.system.endpoint_delay == 10);
  CHECK(file.system.active_chunks_per_dimension == 1);
  CHECK(file.system.preferred_dataset_splits == 0);  // it divides by it; refused before a run
  CHECK(file.system.local_mem_bw_gb_per_s == 0);
  CHECK(file.system.implementations.empty());
  CHECK_FALSE(file.tracks_local_memory);
}

TEST_CASE("keys without effect are warned of, each by name") {
  for (const std::string key :
       {"L", "o", "g", "G", "local-reduction-delay", "intra-dimension-scheduling", "inter-dimension-scheduling"})
    CHECK(parse("\"" + key + "\": 1").warnings ==
          std::vector<std::string>{"sys.json: '" + key + "' has no effect in ASTRA-sim's analytical backends"});
}

TEST_CASE("unknown and misspelt keys") {
  const std::string rest = "; ASTRA-sim ignores it silently: remove it";
  refused(R"("endpoint-dealy": 10)",
          "'endpoint-dealy' is not a key of ASTRA-sim's system layer (did you mean 'endpoint-delay'?)" + rest);
  refused(
      R"("preffered-dataset-splits": 4)",
      "'preffered-dataset-splits' is not a key of ASTRA-sim's system layer (did you mean 'preferred-dataset-splits'?)" +
          rest);
  refused(R"("colour": "red")", "'colour' is not a key of ASTRA-sim's system layer" + rest);
  refused(R"("endpoint-delay": 10, "endpoint-delay": 10)",
          "the key \"endpoint-delay\" stands twice in one object; keep one");
  refused(R"("endpoint-delay": null)", "'endpoint-delay' is null; give a value or remove it");
}

TEST_CASE("what is not modelled") {
  refused(
      R"("all-reduce-implementation-custom": ["x"])",
      "'all-reduce-implementation-custom' asks for a custom (MSCCL) collective, which is not modelled here; remove it");
  refused_with(R"("per-node-custom-implementation": {})", "a custom (MSCCL) collective");
  refused(R"("model-shared-bus": 1)",
          "'model-shared-bus' asks for the LogGP shared bus, which is not modelled here; remove it");
}

TEST_CASE("implementations") {
  refused(R"("all-reduce-implementation": "ring")",
          "all-reduce-implementation is \"ring\", but it has to be a list: write [\"ring\"]");
  refused_with(R"("all-reduce-implementation": 1)", "a list of texts");
  refused_with(R"("all-reduce-implementation": [1])", "a list of texts");
  for (const std::string name :
       {"rings", "Ring", "direct0", "direct-1", "direct100000", "direct4x", "oneDoubleBinaryTree", ""})
    refused_with(R"("all-gather-implementation": [")" + name + "\"]",
                 "sys.json/all-gather-implementation: '" + name + "' is not an implementation; allowed: ring, direct");
}

TEST_CASE("words outside their list") {
  refused(R"("scheduling-policy": "LIFOO")",
          "scheduling-policy is 'LIFOO' (did you mean 'LIFO'?); allowed: LIFO, FIFO, EXPLICIT");
  refused(R"("collective-optimization": "best")", "collective-optimization is 'best'; allowed: baseline, localBWAware");
  refused_with(R"("scheduling-policy": 1)", "'scheduling-policy' is 1, but it takes a text");
}

TEST_CASE("numbers out of range or of another kind") {
  for (const std::string value : {"-1", "1.5", "1e3", "\"10\"", "true", "18446744073709551615", "[10]"}) {
    refused_with("\"endpoint-delay\": " + value, "a whole number from 0 to 1000000000");
    refused_with("\"preferred-dataset-splits\": " + value, "a whole number from 0 to 1000000");
  }
  refused_with(R"("active-chunks-per-dimension": 0)", "a whole number from 1 to 1000000");
  for (const std::string value : {"-1", "10000000000", "\"1\""})
    for (const std::string key : {"local-mem-bw", "peak-perf"})
      refused_with("\"" + key + "\": " + value,
                   "'" + key + "' is " + value + ", but it takes a finite number from 0 to");
  for (const std::string value : {"1e400", "NaN", "Infinity", "0x10", "01"})
    refused_with("\"local-mem-bw\": " + value, "not valid JSON");
  for (const std::string key : {"roofline-enabled", "replay-only", "track-local-mem", "model-shared-bus"})
    refused_with("\"" + key + "\": 2", "a whole number from 0 to 1");
}

TEST_CASE("what is no object, or too much of one") {
  for (const std::string text : {"[]", "1", "\"ring\"", "null"})
    CHECK_THROWS_WITH(parse_system(text, "sys.json"), StartsWith("sys.json: expected an object"));
  CHECK_THROWS_WITH(parse_system("", "sys.json"), Contains("not valid JSON"));
  CHECK_THROWS_WITH(parse_system("{} {}", "sys.json"), Contains("not valid JSON"));
  CHECK_THROWS_WITH(parse_system(std::string(60'000, '['), "sys.json"), Contains("nested deeper than 32 levels"));
  CHECK_THROWS_WITH(parse_system(std::string(1 << 20, ' '), "sys.json"),
                    "sys.json: 1048576 bytes; a system file has at most 65536");
}

TEST_CASE("control characters of a system file do not reach the terminal") {
  refused_with(R"("\u001b[2J": 1)", "'\\x1b[2J' is not a key");
  refused_with(R"("scheduling-policy": "LIFO\u0000\n")", "'LIFO\\x00\\x0a'");
  refused_with(R"("all-reduce-implementation": ["\u001b[2J"])", "'\\x1b[2J' is not an implementation");
  refused_with(R"("all-reduce-implementation": "\u001b[2J")", "write [\"\\x1b[2J\"]");
}

TEST_CASE("a system file is read, and named if it is not there") {
  const testing::Folder folder("system_file_test");
  CHECK(read_system_file(folder.write("sys.json", R"({"endpoint-delay": 7})")).system.endpoint_delay == 7);
  CHECK_THROWS_WITH(read_system_file(folder.path("none.json")), Contains("none.json") && Contains("cannot be read"));
}
