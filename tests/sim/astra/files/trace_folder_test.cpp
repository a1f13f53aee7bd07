#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "sim/astra/files/chakra_file.hpp"
#include "tests/sim/astra/files/folder.hpp"

using namespace ringtrue::astra;
using Catch::Contains;
using ringtrue::astra::testing::Folder;

TEST_CASE("traces of a folder: one per NPU, equal graphs once, whatever their ids") {
  const Folder folder("trace_folder_test");
  const Graph a{{.id = 0, .duration = 1000}, {.id = 1, .dependencies = {0}, .duration = 2000}};
  const Graph b{{.id = 70, .duration = 1000}, {.id = 90, .dependencies = {70}, .duration = 2000}};
  const Graph other{{.id = 0, .duration = 1000}, {.id = 1, .duration = 2000}};
  folder.write("t.0.et", chakra_bytes(a));
  folder.write("t.1.et", chakra_bytes(other));
  folder.write("t.2.et", chakra_bytes(b));
  const Traces traces = read_chakra(folder.path("t"), 3, false);
  CHECK(traces.workload.graph_of_rank == std::vector<int>{0, 1, 0});
  REQUIRE(traces.workload.graphs.size() == 2);
  CHECK(traces.workload.graphs[0] == a);
  CHECK(traces.workload.graphs[1] == other);
  CHECK(traces.warnings.empty());
  CHECK_FALSE(traces.list_tensors);
}

TEST_CASE("graphs with a dependency on nothing, or without a node, are kept apart") {
  const Folder folder("trace_folder_test");
  folder.write("t.0.et", chakra_bytes({{.id = 0, .dependencies = {9}}}));
  folder.write("t.1.et", chakra_bytes({{.id = 0, .dependencies = {8}}}));
  folder.write("t.2.et", chakra_bytes({}));
  const Traces traces = read_chakra(folder.path("t"), 3, false);
  CHECK(traces.workload.graph_of_rank == std::vector<int>{0, 1, 2});
  CHECK(faults(traces.workload, 3).at(0) == "node 0 depends on node 9, which does not exist");
}

TEST_CASE("too few traces, too many, none") {
  const Folder folder("trace_folder_test");
  for (int rank = 0; rank < 4; ++rank) folder.write("t." + std::to_string(rank) + ".et", chakra_bytes({{.id = 0}}));
  const std::string prefix = folder.path("t");
  CHECK_THROWS_WITH(read_chakra(prefix, 8, false),
                    "workload file " + prefix +
                        ".4.et does not exist: the network has 8 NPUs, traces exist for 4; use a "
                        "network of 4 NPUs or more traces");
  CHECK_THROWS_WITH(read_chakra(prefix, 2, false),
                    "4 traces for 2 NPUs: ASTRA-sim silently ignores " + prefix +
                        ".2.et and those after it, and gives "
                        "the answer for 2 NPUs; use a network of 4 NPUs, or --ignore-extra-traces");
  const Traces ignored = read_chakra(prefix, 2, true);
  CHECK(ignored.workload.graph_of_rank == std::vector<int>{0, 0});
  CHECK(ignored.warnings == std::vector<std::string>{"4 traces for 2 NPUs: ASTRA-sim silently ignores " + prefix +
                                                     ".2.et and those after it; so does this run"});
  CHECK_THROWS_WITH(read_chakra(folder.path("none"), 2, false),
                    Contains("none.0.et does not exist") && Contains("give the prefix of the traces"));
  folder.write("t.1.et", "");
  CHECK_THROWS_WITH(read_chakra(prefix, 4, false), prefix + ".1.et: the file is empty");
}
