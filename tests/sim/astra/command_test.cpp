// What `ringtrue-sim astra` does with files, up to the text it prints.
#include "sim/astra/command.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "sim/astra/files/chakra_file.hpp"
#include "tests/sim/astra/files/folder.hpp"

using namespace ringtrue::astra;
using Catch::Contains;
using ringtrue::Collective;
using ringtrue::Json;
using ringtrue::astra::testing::Folder;

namespace {

/// A network, a system layer and requests for them.
class Files {
 public:
  Files() { network("Ring", 4); }

  void network(const std::string& topology, int npus) const {
    folder_.write("net.yml", "topology: [ " + topology + " ]\nnpus_count: [ " + std::to_string(npus) +
                                 " ]\nbandwidth: [ 50 ]\nlatency: [ 500 ]\n");
  }

  /// Ring_4chunks.json with another implementation, and more keys.
  void system(const std::string& implementation, const std::string& more = "") const {
    std::string text = R"({"endpoint-delay": 10, "preferred-dataset-splits": 4, "local-mem-bw": 1600)";
    for (const char* collective : {"all-reduce", "all-gather", "reduce-scatter", "all-to-all"})
      text += std::string(", \"") + collective + "-implementation\": [\"" + implementation + "\"]";
    folder_.write("sys.json", text + more + "}");
  }

  void traces(const std::vector<Graph>& graphs) const {
    for (std::size_t rank = 0; rank < graphs.size(); ++rank)
      folder_.write("t." + std::to_string(rank) + ".et", chakra_bytes(graphs[rank]));
  }

  Request request() const {
    if (!std::filesystem::exists(folder_.path("sys.json"))) system("ring");
    return {.network = folder_.path("net.yml"), .system = folder_.path("sys.json")};
  }
  Request collective(const std::string& name = "all_reduce", const std::string& bytes = "1MiB") const {
    Request asked = request();
    asked.collective = name;
    asked.bytes = bytes;
    return asked;
  }
  Request workload(const std::string& name = "t") const {
    Request asked = request();
    asked.workload = folder_.path(name);
    return asked;
  }
  const Folder& folder() const { return folder_; }

 private:
  Folder folder_{"command_test"};
};

Json printed(const Request& request) {
  const std::string text = json_text(run(request));
  CHECK(text.find('\n') == text.size() - 1);  // one line
  return Json::parse(text);
}

std::vector<std::string> keys(const Json& json) {
  std::vector<std::string> names;
  for (const auto& [key, value] : json.items()) names.push_back(key);
  return names;
}

Node all_reduce(std::uint64_t id, std::uint64_t bytes, std::vector<std::uint64_t> after = {}) {
  return {.id = id, .kind = NodeKind::collective, .dependencies = std::move(after), .bytes = bytes};
}

// Ring of 4, 50 GiB/s, 500 ns, 1 MiB in 4 chunks, 1 in flight: messages m = 65,536 B take int(500 + 65,536 / 53.687) =
// 1,720 cycles, are reduced in r = 3 int(65,536 / 1,600) = 3 x 40 = 120 and handled in e = 10. Each chunk takes
// e + 2(n-1)(1,720 + e) + (n-1) r = 10 + 6 x 1,730 + 3 x 120 = 10,750.
constexpr std::uint64_t ring_4_cycles = 4 * 10'750;

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

TEST_CASE("traces: compute, then an all-reduce") {
  const Files files;
  const Graph graph{{.id = 0, .duration = 7'000}, all_reduce(1, 1 << 20, {0})};
  files.traces({graph, graph, graph, graph});
  const Json json = printed(files.workload());
  CHECK(json["cycles_max"] == 7'000 + ring_4_cycles);
  CHECK(json["compute_cycles"] == 7'000);
  CHECK(json["comm_cycles"] == ring_4_cycles);
  CHECK(json["exposed_comm_cycles"] == ring_4_cycles);
}

TEST_CASE("as many traces as NPUs, or it is said what ASTRA-sim would do") {
  const Files files;
  const Graph graph{all_reduce(0, 1 << 20)};
  files.traces({graph, graph, graph, graph, graph, graph});
  Request request = files.workload();
  CHECK_THROWS_WITH(run(request), Contains("6 traces for 4 NPUs") && Contains("--ignore-extra-traces"));
  request.ignore_extra_traces = true;
  const Json json = printed(request);
  CHECK(json["npus"] == 4);
  CHECK(json["cycles_max"] == ring_4_cycles);
  CHECK_THAT(json["warnings"].at(0).get<std::string>(),
             Contains("6 traces for 4 NPUs") && Contains("so does this run"));
  files.network("Ring", 8);
  CHECK_THROWS_WITH(run(request), Contains("t.6.et does not exist: the network has 8 NPUs, traces exist for 6"));
}

TEST_CASE("unequal traces are refused") {
  const Files files;
  files.network("FullyConnected", 2);
  files.traces({{all_reduce(0, 1024)}, {all_reduce(0, 2048)}});
  CHECK_THROWS_WITH(run(files.workload()), Contains("differ in kind or comm_size"));
  files.traces({{all_reduce(0, 1024)}, {{.id = 0, .duration = 1'000}}});
  CHECK_THROWS_WITH(run(files.workload()), Contains("rank 1 has 0 collectives in group 0, rank 0 has 1"));
}

TEST_CASE("communicator groups") {
  const Files files;
  Node left = all_reduce(0, 1 << 20), right = left;
  left.group = 1;
  right.group = 2;
  files.traces({{left}, {left}, {right}, {right}});
  Request request = files.workload();
  CHECK_THROWS_WITH(run(request), Contains("communicator group 1 is not defined; give --comm-group"));
  request.comm_group = files.folder().write("groups.json", R"({"1": [0, 1], "2": [3]})");
  CHECK_THROWS_WITH(run(request), Contains("rank 2, node 0: the rank is not in its communicator group 2"));
  request.comm_group = files.folder().write("groups.json", R"({"1": [0, 1], "2": [3, 4]})");
  CHECK_THROWS_WITH(run(request), Contains("group 2 has rank 4; allowed: 0 to 3"));
  request.comm_group = files.folder().write("groups.json", R"({"1": [0, 1], "2": [3, 2]})");
  const Json json = printed(request);
  CHECK(json["path"] == "event");
  CHECK(json["comm_cycles"] > 0);
}

TEST_CASE("a text workload of ASTRA-sim 1.0") {
  const Files files;
  files.folder().write("w.txt",
                       "DATA\n2\na -1 100 NONE 0 200 NONE 0 300 ALLREDUCE 1048576 1\n"
                       "b -1 10 NONE 0 20 NONE 0 30 ALLREDUCE 1048576 1\n");
  Request request = files.workload("w.txt");
  // 100 + 10 forward, 30 back, then b's exchange is in flight during 20 + 300 and a's waits for it.
  const Json overlapped = printed(request);
  CHECK(overlapped["compute_cycles"] == 100 + 10 + 30 + 20 + 300);
  CHECK(overlapped["comm_cycles"] == 2 * ring_4_cycles);
  CHECK(overlapped["cycles_max"] == 140 + 2 * ring_4_cycles);
  CHECK(overlapped["exposed_comm_cycles"] == 140 + 2 * ring_4_cycles - 460);
  request.serial_chain = true;
  CHECK(printed(request)["cycles_max"] == 660 + 2 * ring_4_cycles);  // a's input gradient too, and nothing at a time
  request.cycles_as_microseconds = true;
  CHECK(printed(request)["cycles_max"] == 660'000 + 2 * ring_4_cycles);
  request.passes = 3;
  CHECK(printed(request)["cycles_max"] == 3 * (660'000 + 2 * ring_4_cycles));
  request.passes = 0;
  CHECK_THROWS_WITH(run(request), Contains("0 passes"));
}

TEST_CASE("track-local-mem needs tensors in the traces") {
  const Files files;
  files.system("ring", R"(, "track-local-mem": 1)");
  files.traces(std::vector<Graph>(4, Graph{all_reduce(0, 1024)}));
  CHECK_THROWS_WITH(run(files.workload()), Contains("track-local-mem is 1") && Contains("exit code 0; set it to 0"));
  CHECK_NOTHROW(run(files.collective()));
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

TEST_CASE("a trace given instead of its prefix is no text workload, and does not reach the terminal") {
  const Files files;
  files.traces({{all_reduce(0, 1024)}});
  CHECK_THROWS_WITH(run(files.workload("t.0.et")),
                    Contains("t.0.et, line 1: '\\x07") && Contains("is not a parallelism"));
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
