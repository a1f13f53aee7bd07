// What ASTRA-sim does silently, or dies of, is refused with a message that names it.
#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/astra/cases.hpp"

using namespace ringtrue::astra;
using Catch::Contains;
using ringtrue::Collective;
using ringtrue::astra::testing::ring_4chunks;

namespace {

const Workload all_reduce = single_collective(Collective::all_reduce, 1 << 20);

Node collective(std::uint64_t id, std::uint64_t bytes, std::vector<std::uint64_t> after = {}) {
  return {.id = id, .kind = NodeKind::collective, .dependencies = std::move(after), .bytes = bytes};
}
Node compute(std::uint64_t id, Cycles duration, std::vector<std::uint64_t> after = {}) {
  return {.id = id, .dependencies = std::move(after), .duration = duration};
}
Node message(NodeKind kind, int peer, std::uint32_t tag = 0) {
  return {.kind = kind, .bytes = 1000, .peer = peer, .tag = tag};
}

Workload per_rank(std::vector<Graph> graphs) {
  Workload workload{.graphs = std::move(graphs)};
  for (int i = 0; i < static_cast<int>(workload.graphs.size()); ++i) workload.graph_of_rank.push_back(i);
  return workload;
}

}  // namespace

TEST_CASE("configurations on which ASTRA-sim aborts") {
  Configuration configuration = ring_4chunks(Topology::ring, 4);
  SECTION("a ring of two") {
    configuration.network.dimensions[0].npus = 2;
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("Ring of 2") && Contains("FullyConnected"));
    configuration.backend = Backend::congestion_unaware;
    CHECK_NOTHROW(simulate(configuration, all_reduce));
  }
  SECTION("two dimensions with congestion") {
    configuration.network.dimensions.push_back({Topology::ring, 4, 50, 500});
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("only support 1-dim topology"));
  }
  SECTION("no endpoint delay") {
    configuration.system.endpoint_delay = 0;
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("endpoint delay"));
  }
  SECTION("an injection scale that leaves none") {
    configuration.injection_scale = 0.01;
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("injection scale"));
  }
  SECTION("no splits") {
    configuration.system.preferred_dataset_splits = 0;
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("preferred-dataset-splits"));
  }
  SECTION("no memory bandwidth") {
    configuration.system.local_mem_bw_gb_per_s = 0;
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("local-mem-bw"));
    CHECK_NOTHROW(simulate(configuration, single_collective(Collective::all_gather, 1 << 20)));
  }
  SECTION("an implementation that is missing") {
    configuration.system.implementations.erase(Collective::all_reduce);
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("all-reduce-implementation"));
  }
  SECTION("more implementations than dimensions") {
    configuration.system.implementations[Collective::all_reduce].emplace_back();
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("names 2 dimensions, the network has 1"));
  }
}

TEST_CASE("configurations that ASTRA-sim runs into a wrong answer") {
  Configuration configuration = ring_4chunks(Topology::switched, 6);
  SECTION("halving-doubling without a power of two") {
    configuration.system.implementations[Collective::all_reduce] = {{.algorithm = Algorithm::halving_doubling}};
    CHECK_THROWS_WITH(simulate(configuration, all_reduce),
                      Contains("halvingDoubling over 6 NPUs") && Contains("power of two"));
  }
  SECTION("a double binary tree without a power of two") {
    configuration.system.implementations[Collective::all_reduce] = {{.algorithm = Algorithm::double_binary_tree}};
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("doubleBinaryTree over 6 NPUs"));
  }
  SECTION("a double binary tree that is no all-reduce") {
    configuration.network.dimensions[0].npus = 8;
    configuration.system.implementations[Collective::all_gather] = {{.algorithm = Algorithm::double_binary_tree}};
    CHECK_THROWS_WITH(simulate(configuration, single_collective(Collective::all_gather, 4096)),
                      Contains("only an all-reduce"));
  }
  SECTION("a dimension without an implementation") {
    configuration.backend = Backend::congestion_unaware;
    configuration.network.dimensions.push_back({Topology::ring, 4, 50, 500});
    CHECK_THROWS_WITH(simulate(configuration, all_reduce), Contains("1 of the network's 2 dimensions"));
  }
  SECTION("an all-gather smaller than its splits hangs") {
    CHECK_THROWS_WITH(simulate(configuration, single_collective(Collective::all_gather, 3)),
                      Contains("chunk of 0 bytes"));
  }
  SECTION("a halving-doubling message of 0 bytes") {
    configuration.network.dimensions[0].npus = 8;
    configuration.system.implementations[Collective::all_reduce] = {{.algorithm = Algorithm::halving_doubling}};
    CHECK_THROWS_WITH(simulate(configuration, single_collective(Collective::all_reduce, 9)),
                      Contains("message of 0 bytes"));
  }
}

TEST_CASE("workloads that ASTRA-sim ends without a result and with exit code 0") {
  const Configuration configuration = ring_4chunks(Topology::fully_connected, 2);
  SECTION("unequal comm_size") {
    CHECK_THROWS_WITH(simulate(configuration, per_rank({{collective(0, 1024)}, {collective(0, 2048)}})),
                      Contains("comm_size"));
  }
  SECTION("a rank without the collective") {
    CHECK_THROWS_WITH(simulate(configuration, per_rank({{collective(0, 1024)}, {compute(0, 10)}})),
                      Contains("waits for all its ranks"));
  }
  SECTION("the same collectives in another order") {
    const Workload workload =
        per_rank({{collective(0, 1024), collective(1, 2048, {0})}, {collective(0, 2048), collective(1, 1024, {0})}});
    CHECK_THROWS_WITH(simulate(configuration, workload), Contains("same order"));
  }
  SECTION("a cycle behind a good node") {
    const Graph graph{compute(0, 10), compute(1, 10, {0, 2}), compute(2, 10, {1})};
    CHECK_THROWS_WITH(simulate(configuration, {.graphs = {graph}}), Contains("cycle"));
  }
  SECTION("a dependency on nothing") {
    CHECK_THROWS_WITH(simulate(configuration, {.graphs = {{compute(0, 10, {7})}}}),
                      Contains("node 7, which does not exist"));
  }
  SECTION("a message nobody sends") {
    CHECK_THROWS_WITH(simulate(configuration, per_rank({{message(NodeKind::receive, 1)}, {compute(0, 10)}})),
                      Contains("rank 0 never ends"));
  }
  SECTION("a message to nobody") {
    CHECK_THROWS_WITH(simulate(configuration, per_rank({{message(NodeKind::send, 5)}, {compute(0, 10)}})),
                      Contains("rank 5"));
  }
  SECTION("a group nobody defined") {
    Node node = collective(0, 1024);
    node.group = 3;
    CHECK_THROWS_WITH(simulate(configuration, per_rank({{node}, {node}})), Contains("group 3 is not defined"));
  }
  SECTION("a group of ranks the network does not have") {
    CHECK_THROWS_WITH(
        simulate(configuration, {.graphs = {{collective(0, 1024)}}, .groups = {{.id = 3, .ranks = {0, 2}}}}),
        Contains("communicator group 3 needs ranks from 0 to 1"));
  }
  SECTION("durations beyond 64 bits") {
    const Cycles fortnight = Cycles{1} << 50;
    Graph graph;
    for (std::uint64_t id = 0; id < 1024; ++id) graph.push_back(compute(id, fortnight));
    CHECK_THROWS_WITH(simulate(configuration, {.graphs = {graph}}),
                      Contains("up to node 1023 add up to more than 2^60 ns"));
  }
  SECTION("more ranks than NPUs") {
    CHECK_THROWS_WITH(simulate(configuration, per_rank({{compute(0, 1)}, {compute(0, 1)}, {compute(0, 1)}})),
                      Contains("traces of 3 ranks"));
  }
}

TEST_CASE("ids may have gaps, and a large graph takes no time") {
  const Graph gaps{compute(7, 10), compute(300, 10, {7}), compute(std::uint64_t{1} << 63, 10, {7, 300})};
  CHECK(faults({.graphs = {gaps}}, 2).empty());
  Graph large;  // each node waits for the one before and for one half way back
  for (std::uint64_t id = 0; id < 20'000; ++id) {
    large.push_back(compute(2 * id, 10));
    if (id > 1) large.back().dependencies = {2 * (id / 2), 2 * (id - 1)};
    if (id > 1 && id / 2 == id - 1) large.back().dependencies = {2 * (id - 1)};
  }
  Workload workload{.graphs = {large}, .graph_of_rank = std::vector<int>(4096, 0)};
  for (int id = 1; id <= 200; ++id) {
    workload.groups.push_back({.id = id});
    for (int rank = 0; rank < 512; ++rank) workload.groups.back().ranks.push_back(rank);
  }
  CHECK(faults(workload, 4096).empty());  // not 4,096 x 20,000 looks at a node
  workload.graphs[0][1].dependencies = {2 * 19'999};
  CHECK_THAT(faults(workload, 4096).at(0), Contains("nodes lie on or behind a cycle"));
}

TEST_CASE("send and receive end when the message is there") {
  const Configuration configuration = ring_4chunks(Topology::fully_connected, 2);
  // 1,000 bytes at 50 GiB/s: int(500 + 18.6) = 518 cycles.
  const Prediction waiting =
      simulate(configuration, per_rank({{message(NodeKind::send, 1)}, {message(NodeKind::receive, 0)}}));
  CHECK(waiting.cycles == std::vector<Cycles>{518, 518});
  CHECK(waiting.communication == 518);
  Node late = message(NodeKind::receive, 0);
  late.id = 1;
  late.dependencies = {0};
  const Prediction there = simulate(configuration, per_rank({{message(NodeKind::send, 1)}, {compute(0, 2000), late}}));
  CHECK(there.cycles == std::vector<Cycles>{518, 2000});
}

TEST_CASE("answers to another question come with a warning") {
  Configuration configuration = ring_4chunks(Topology::switched, 8);
  CHECK(simulate(configuration, all_reduce).warnings.empty());
  const auto first_warning = [&](Collective collective_asked, std::uint64_t bytes) {
    const std::vector<std::string> found = simulate(configuration, single_collective(collective_asked, bytes)).warnings;
    REQUIRE_FALSE(found.empty());
    return found.front();
  };
  CHECK_THAT(first_warning(Collective::all_reduce, 1'000'003), Contains("5 chunks of 250000"));
  CHECK_THAT(first_warning(Collective::all_reduce, 10), Contains("4 chunks of 8"));
  CHECK_THAT(first_warning(Collective::all_to_all, 1 << 20), Contains("n(n-1)/2"));
  configuration.backend = Backend::congestion_unaware;
  configuration.system.implementations[Collective::all_reduce] = {{.algorithm = Algorithm::direct}};
  CHECK_THAT(first_warning(Collective::all_reduce, 1 << 20), Contains("faster than its link"));
}

TEST_CASE("the roofline needs numbers") {
  Configuration configuration = ring_4chunks(Topology::fully_connected, 2);
  configuration.system.roofline_enabled = true;
  CHECK_THROWS_WITH(simulate(configuration, {.graphs = {{compute(0, 10)}}}), Contains("peak-perf"));
  configuration.system.peak_perf_tflops = 10;
  CHECK_THROWS_WITH(simulate(configuration, {.graphs = {{compute(0, 10)}}}), Contains("num_ops"));
  Node node = compute(0, 10);
  node.operations = 5'000'000'000;
  node.tensor_bytes = 1000;
  CHECK(simulate(configuration, {.graphs = {{node}}}).cycles_max == 500'000);  // 5e9 operations at 10 TFLOPS
}

TEST_CASE("a time that no clock holds is refused, not wrapped around") {
  Configuration configuration = ring_4chunks(Topology::fully_connected, 16);
  configuration.network.dimensions[0].bandwidth_gib_per_s = 1e-6;
  configuration.network.dimensions[0].latency_ns = 1e12;
  configuration.system.local_mem_bw_gb_per_s = 1e-9;
  const Path path = GENERATE(Path::event, Path::automatic);
  CHECK_THROWS_WITH(simulate(configuration, single_collective(Collective::all_reduce, std::uint64_t{1} << 40), path),
                    Contains("passes 2^62 ns"));
}
