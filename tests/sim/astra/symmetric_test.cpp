// The symmetric path gives what the event path gives, over random configurations, or gives up.
#include <random>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/astra/cases.hpp"

using namespace ringtrue::astra;
using ringtrue::Collective;

namespace {

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}

  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[random_() % values.size()];
  }
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  Configuration configuration(int most_npus) {
    Configuration configuration;
    configuration.backend = one_of({Backend::congestion_aware, Backend::congestion_unaware});
    const int dimensions = configuration.backend == Backend::congestion_aware ? 1 : 1 + below(3);
    // Latencies near the endpoint delay make events of different ranks meet in one cycle.
    for (int d = 0; d < dimensions; ++d)
      configuration.network.dimensions.push_back(
          {one_of({Topology::ring, Topology::fully_connected, Topology::switched}),
           2 + below(dimensions == 1 ? most_npus : 4), one_of({1.0, 12.5, 50.0, 741.34}),
           one_of({0.0, 1.0, 5.0, 9.5, 10.0, 11.0, 20.0, 25.5, 500.0, 936.25})});
    configuration.queues_per_dim = one_of({1, 1, 1, 2, 3, 4});
    configuration.system.endpoint_delay = one_of<Cycles>({1, 2, 5, 10, 20, 100});
    configuration.system.active_chunks_per_dimension = 1 + below(5);
    configuration.system.preferred_dataset_splits = one_of({1, 2, 3, 4, 8, 13});
    configuration.system.local_mem_bw_gb_per_s = one_of({0.1, 1.0, 50.0, 1600.0});
    configuration.system.local_bw_aware = below(4) != 0;
    for (const Collective collective :
         {Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather, Collective::all_to_all})
      configuration.system.implementations[collective] = implementations(dimensions);
    return configuration;
  }

  Workload workload() {
    Graph graph;
    const int nodes = 1 + below(4);
    for (int i = 0; i < nodes; ++i) graph.push_back(node(i));
    Workload workload;
    workload.graphs.push_back(graph);
    return workload;
  }

 private:
  std::vector<Implementation> implementations(int dimensions) {
    std::vector<Implementation> list;
    for (int d = 0; d < dimensions; ++d) {
      Implementation implementation{
          .algorithm = one_of({Algorithm::ring, Algorithm::ring, Algorithm::direct, Algorithm::halving_doubling})};
      if (implementation.algorithm == Algorithm::direct) implementation.window = one_of({0, 0, 1, 2, 3});
      implementation.flat = d == 0 && below(8) == 0;
      list.push_back(implementation);
      if (implementation.flat) break;
    }
    return list;
  }

  Node node(int id) {
    Node node{.id = static_cast<std::uint64_t>(id)};
    for (int i = 0; i < id; ++i)
      if (below(3) == 0) node.dependencies.push_back(static_cast<std::uint64_t>(i));
    if (below(4) == 0) {
      node.duration = one_of<Cycles>({0, 1, 10, 100, 500, 1000, 5000, 50'000});
      node.cpu = below(4) == 0;
      return node;
    }
    node.kind = NodeKind::collective;
    node.collective =
        one_of({Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather, Collective::all_to_all});
    node.bytes = one_of<std::uint64_t>({13, 100, 1000, 1024, 4096, 65'536, 100'003, 1'048'576});
    return node;
  }

  std::mt19937 random_;
};

/// True if the symmetric path could tell.
bool compare(const Configuration& configuration, const Workload& workload) {
  const Prediction automatic = simulate(configuration, workload);
  if (automatic.path != Path::symmetric) return false;
  const Prediction event = simulate(configuration, workload, Path::event);
  CHECK(event.path == Path::event);
  CHECK(event.cycles_min == event.cycles_max);
  CHECK(automatic.cycles_max == event.cycles_max);
  CHECK(automatic.compute == event.compute);
  CHECK(automatic.communication == event.communication);
  return true;
}

int compare_many(unsigned seed, int runs, int most_npus) {
  Draw draw(seed);
  int symmetric = 0;
  for (int run = 0; run < runs; ++run) {
    const Configuration configuration = draw.configuration(most_npus);
    const Workload workload = draw.workload();
    CAPTURE(seed, run);
    try {
      symmetric += compare(configuration, workload) ? 1 : 0;
    } catch (const ringtrue::Error&) {  // what no path can run: not a power of two, a message of 0 bytes
    }
  }
  return symmetric;
}

}  // namespace

TEST_CASE("the symmetric path agrees with the event path on small networks") { CHECK(compare_many(1, 800, 15) > 200); }

TEST_CASE("the symmetric path agrees with the event path where it skips periods") {
  Draw draw(2);
  int symmetric = 0;
  for (int run = 0; run < 40; ++run) {
    Configuration configuration = draw.configuration(4);
    configuration.network.dimensions.resize(1);
    configuration.network.dimensions[0].npus = 65 + draw.below(60);
    for (auto& [collective, list] : configuration.system.implementations) list = {Implementation{}};
    CAPTURE(run);
    symmetric += compare(configuration, draw.workload()) ? 1 : 0;
  }
  CHECK(symmetric > 20);
}

TEST_CASE("1,048,576 NPUs in a ring end when the closed form says") {
  Configuration configuration = ringtrue::astra::testing::ring_4chunks(Topology::ring, 1 << 20);
  const Prediction prediction = simulate(configuration, single_collective(Collective::all_reduce, 1 << 20));
  // Chunks are raised to 1 MiB, so that each message is 1 byte: 500 cycles and an endpoint delay per step, no
  // reduction.
  CHECK(prediction.cycles_max == 4 * (10 + 2 * Cycles{(1 << 20) - 1} * (500 + 10)));
  CHECK(prediction.path == Path::symmetric);
  CHECK(prediction.cycles.empty());
}

TEST_CASE("what is not symmetric is not forced") {
  Configuration configuration = ringtrue::astra::testing::ring_4chunks(Topology::switched, 8);
  configuration.system.implementations[Collective::all_reduce] = {{.algorithm = Algorithm::double_binary_tree}};
  const Workload workload = single_collective(Collective::all_reduce, 1 << 20);
  CHECK(simulate(configuration, workload).path == Path::event);
  CHECK_THROWS_WITH(simulate(configuration, workload, Path::symmetric), Catch::Contains("doubleBinaryTree"));
}
