// One collective on one dimension, chunk after chunk: what the rules add up to by hand.
#include <catch2/catch.hpp>

#include "tests/sim/astra/cases.hpp"

using namespace ringtrue::astra;
using ringtrue::Collective;

namespace {

struct Hand {
  std::uint64_t n, m;  ///< Ranks, message.
  Cycles e = 10, hop = 0, r = 0;
};

/// K chunks of a ring collective, each as long as its steps: e to start, then hop + e per step, + r where it reduces.
Cycles ring_time(Collective collective, const Hand& h, std::uint64_t chunks) {
  switch (collective) {
    case Collective::all_reduce: return chunks * (h.e + 2 * (h.n - 1) * (h.hop + h.e) + (h.n - 1) * h.r);
    case Collective::reduce_scatter: return chunks * (h.e + (h.n - 1) * (h.hop + h.e + h.r));
    case Collective::all_gather: return chunks * (h.e + (h.n - 1) * (h.hop + h.e));
    case Collective::all_to_all: return chunks * (h.e + h.n * (h.n - 1) / 2 * (h.hop + h.e));
    case Collective::broadcast:
    case Collective::send_recv: break;
  }
  throw std::invalid_argument("no ring");
}

constexpr double bytes_per_ns = 50.0 * (1 << 30) / 1e9;

}  // namespace

TEST_CASE("ring collectives on a ring, a full mesh and a switch") {
  const auto collective =
      GENERATE(Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather, Collective::all_to_all);
  const auto topology = GENERATE(Topology::ring, Topology::fully_connected, Topology::switched);
  const auto backend = GENERATE(Backend::congestion_aware, Backend::congestion_unaware);
  const int n = GENERATE(3, 4, 8, 13);
  constexpr std::uint64_t size = 1 << 20, chunks = 4;
  const std::uint64_t chunk = size / chunks;
  Hand h{.n = static_cast<std::uint64_t>(n),
         .m = collective == Collective::all_gather ? chunk : chunk / static_cast<std::uint64_t>(n)};
  const double wire = static_cast<double>(h.m) / bytes_per_ns;
  const bool switched = topology == Topology::switched;
  h.hop = switched && backend == Backend::congestion_aware ? 2 * static_cast<Cycles>(500 + wire)
                                                           : static_cast<Cycles>((switched ? 1000 : 500) + wire);
  h.r = 3 * static_cast<Cycles>(static_cast<double>(h.m) / 1600);
  Configuration configuration = ringtrue::astra::testing::ring_4chunks(topology, n);
  configuration.backend = backend;
  CHECK(simulate(configuration, single_collective(collective, size), Path::event).cycles_max ==
        ring_time(collective, h, chunks));
}

TEST_CASE("the example everybody runs: 1 MiB all-reduce on HGX-H100 takes 57,426 cycles") {
  // Two chunks at a time, latency bound: two rounds of T and one serialisation of the second chunk behind the first.
  constexpr Cycles e = 10, wire = 76, hop = 2 * 1012, r = 27;  // m = 32,768: int(936.25 + 76.3) = 1,012
  constexpr Cycles t = e + 14 * (hop + e) + 7 * r;
  STATIC_REQUIRE(t == 28'675);
  const Prediction prediction =
      simulate(ringtrue::astra::testing::hgx_h100(8), single_collective(Collective::all_reduce, 1 << 20));
  CHECK(prediction.cycles_max == 2 * t + wire);
  CHECK(prediction.cycles_max == 57'426);
  CHECK(prediction.communication == 57'426);
  CHECK(prediction.exposed == 57'426);
  CHECK(prediction.compute == 0);
}

TEST_CASE("direct without congestion sends everything at once") {
  Configuration configuration = ringtrue::astra::testing::ring_4chunks(Topology::fully_connected, 8);
  configuration.backend = Backend::congestion_unaware;
  configuration.system.preferred_dataset_splits = 1;
  for (auto& [collective, list] : configuration.system.implementations) list = {{.algorithm = Algorithm::direct}};
  constexpr std::uint64_t size = 1 << 20;
  constexpr Cycles e = 10;
  const auto hop = [](double bytes) { return static_cast<Cycles>(500 + bytes / bytes_per_ns); };
  const Cycles r = 3 * static_cast<Cycles>(size / 8 / 1600.0);
  CHECK(simulate(configuration, single_collective(Collective::all_reduce, size)).cycles_max ==
        3 * e + 2 * hop(size / 8) + r);
  CHECK(simulate(configuration, single_collective(Collective::reduce_scatter, size)).cycles_max ==
        2 * e + hop(size / 8) + r);
  CHECK(simulate(configuration, single_collective(Collective::all_gather, size)).cycles_max == 2 * e + hop(size));
  CHECK(simulate(configuration, single_collective(Collective::all_to_all, size)).cycles_max == 2 * e + hop(size / 8));
}

TEST_CASE("a larger injection scale multiplies the endpoint delay") {
  Configuration configuration = ringtrue::astra::testing::ring_4chunks(Topology::ring, 4);
  configuration.injection_scale = 3;
  Configuration slow = ringtrue::astra::testing::ring_4chunks(Topology::ring, 4);
  slow.system.endpoint_delay = 30;
  const Workload workload = single_collective(Collective::all_reduce, 1 << 20);
  CHECK(simulate(configuration, workload).cycles_max == simulate(slow, workload).cycles_max);
}
