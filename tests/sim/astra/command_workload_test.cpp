// What `ringtrue-sim astra --workload` does with traces and text workloads.
#include "experiment/error.hpp"
#include "tests/sim/astra/command_files.hpp"

using namespace ringtrue::astra;
using namespace ringtrue::astra::testing;
using Catch::Contains;
using ringtrue::Json;

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

TEST_CASE("a trace given instead of its prefix is no text workload, and does not reach the terminal") {
  const Files files;
  files.traces({{all_reduce(0, 1024)}});
  CHECK_THROWS_WITH(run(files.workload("t.0.et")),
                    Contains("t.0.et, line 1: '\\x07") && Contains("is not a parallelism"));
}
