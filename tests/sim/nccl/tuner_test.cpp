// NCCL's own table of 2.29.2 on HGX-H100, as it prints it: waynehacking8/nccl-collectives-bench 38c093ed, g2_auto.log,
// g4_auto.log and g6_auto.log. Latencies in us and bandwidths in GB/s with one decimal.
#include "sim/nccl/tuner.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/sim/nccl/machines.hpp"

namespace ringtrue::nccl {
namespace {

using namespace testing;
using Catch::WithinAbs;

struct Printed {
  int gpus;
  Choice choice;
  double latency_us, algbw_gb_per_s;
  Collective collective = Collective::all_reduce;
};

const std::vector<Printed> table{
    {2, tree_ll, 8.0, 61.1},
    {2, tree_ll128, 16.5, 180.6},
    {2, tree_simple, 16.4, 232.2},
    {2, ring_ll, 7.8, 141.0},
    {2, ring_ll128, 17.8, 331.2},
    {2, ring_simple, 15.2, 360.0},
    {2, nvls, 25.0, 102.0},
    {4, tree_ll, 10.4, 43.6},
    {4, tree_ll128, 21.5, 128.8},
    {4, tree_simple, 32.4, 165.6},
    {4, ring_ll, 10.2, 94.0},
    {4, ring_ll128, 25.4, 220.8},
    {4, ring_simple, 28.8, 240.0},
    {4, nvls, 25.0, 160.0},
    {4, ring_ll, 8.4, 188.0, Collective::all_gather},
    {4, ring_ll128, 19.7, 441.6, Collective::all_gather},
    {4, ring_simple, 18.6, 480.0, Collective::all_gather},
    {4, ring_simple, 18.6, 480.0, Collective::reduce_scatter},
    {6, ring_ll, 12.6, 84.6},
    {6, ring_ll128, 33.0, 198.7},
    {6, ring_simple, 42.4, 216.0},
    {6, nvls, 25.0, 216.0},
};

Choice chosen(Bytes bytes, int gpus, int nodes = 1, Collective collective = Collective::all_reduce) {
  Call asked = call(bytes, gpus, nodes, collective);
  asked.launch.reset();
  return choose(asked, hgx_h100());
}

TEST_CASE("the tuner believes what NCCL prints, to its last digit") {
  for (const Printed& row : table) {
    INFO(row.gpus << " GPUs, " << to_string(row.collective) << ' ' << to_string(row.choice.algorithm) << '/'
                  << to_string(row.choice.protocol));
    const Estimate e = estimate(call(1_MiB, row.gpus, 1, row.collective), row.choice);
    CHECK_THAT(e.latency_us, WithinAbs(row.latency_us, 0.05 + 1e-9));
    CHECK_THAT(e.algbw_gb_per_s, WithinAbs(row.algbw_gb_per_s, 0.05 + 1e-9));
  }
}

TEST_CASE("between nodes NCCL's latencies count 2(n-1) crossings, and its overhead a step") {
  // All-Reduce of 16 GPUs on two nodes: 28 steps near, 2 between. Simple: 8.4 + 28 max(3.4, 3 x 1) + 2 x 14.
  const Call two = call(1_MiB, 16, 2);
  REQUIRE_THAT(estimate(two, ring_ll).latency_us, WithinAbs(6.6 + 28 * 1.0 + 2 * 2.7, 1e-9));
  REQUIRE_THAT(estimate(two, ring_ll128).latency_us, WithinAbs(14 + 28 * 1.9 + 2 * 4.0, 1e-9));
  REQUIRE_THAT(estimate(two, ring_simple).latency_us, WithinAbs(8.4 + 28 * 3.4 + 2 * 14, 1e-9));
  REQUIRE_THAT(estimate(call(1_MiB, 16, 2, Collective::all_gather), ring_simple).latency_us,
               WithinAbs(8.4 + 14 * 3.4 + 1 * 14, 1e-9));
  REQUIRE_THAT(estimate(two, tree_simple).latency_us, WithinAbs(8.4 + 2 * (7 * 4.0 + 14), 1e-9));
  // The ring's plateau: 1.4 times its latency, then 1 MiB over 400 x 16/30 GB/s.
  REQUIRE_THAT(tuner_time_us(two, ring_simple),
               WithinAbs(1.4 * (8.4 + 28 * 3.4 + 28) + 1048.576 / 213.3333333333, 1e-6));
}

TEST_CASE("a tree is believed to be slower than its bandwidth at medium sizes") {
  // 1 MiB = 64 B x 2^14: LL 0.5, LL128 0.6, Simple 0.5 of the bandwidth; 64 B: 1, 1, 0.9; from 2^23 on: 1.
  const auto share = [](Bytes bytes, Choice choice) {
    const Call asked = call(bytes, 4);
    const Estimate e = estimate(asked, choice);
    return static_cast<double>(bytes.count) / 1e3 / (tuner_time_us(asked, choice) - e.latency_us) / e.algbw_gb_per_s;
  };
  REQUIRE_THAT(share(1_MiB, tree_ll), WithinAbs(0.5, 1e-9));
  REQUIRE_THAT(share(1_MiB, tree_ll128), WithinAbs(0.6, 1e-9));
  REQUIRE_THAT(share(1_MiB, tree_simple), WithinAbs(0.5, 1e-9));
  REQUIRE_THAT(share(64_B, tree_simple), WithinAbs(0.9, 1e-9));
  REQUIRE_THAT(share(63_B, tree_simple), WithinAbs(1, 1e-9));
  REQUIRE_THAT(share(512_MiB, tree_simple), WithinAbs(1, 1e-9));
  REQUIRE_THAT(share(1_MiB, ring_simple), WithinAbs(1, 1e-9));
}

TEST_CASE("eight GPUs: a ring with LL up to 1 MiB, NVLS from 2 MiB") {
  // NVIDIA/nccl-tests issue 309, NCCL 2.26.2.
  for (const Bytes bytes : powers_of_two(8_B, 1_MiB)) CHECK(chosen(bytes, 8) == ring_ll);
  for (const Bytes bytes : powers_of_two(2_MiB)) CHECK(chosen(bytes, 8) == nvls);
}

TEST_CASE("two and four GPUs take a ring with Simple for large messages, six take NVLS") {
  // nccl-collectives-bench, scaling_attributed: what its logs show from 256 MiB to 8 GiB.
  for (const Bytes bytes : powers_of_two(256_MiB)) {
    CHECK(chosen(bytes, 2) == ring_simple);
    CHECK(chosen(bytes, 4) == ring_simple);
    CHECK(chosen(bytes, 6) == nvls);
  }
}

TEST_CASE("all_gather and reduce_scatter climb from LL to Simple and never take a tree or NVLS") {
  for (const Collective collective : {Collective::all_gather, Collective::reduce_scatter, Collective::broadcast})
    for (const int gpus : {2, 4, 6, 8}) {
      Protocol before = Protocol::ll;
      for (const Bytes bytes : powers_of_two()) {
        const Choice now = chosen(bytes, gpus, 1, collective);
        CHECK(now.algorithm == Algorithm::ring);
        CHECK(now.protocol >= before);
        before = now.protocol;
      }
      CHECK(before == Protocol::simple);
      CHECK(chosen(8_B, gpus, 1, collective) == ring_ll);
    }
}

TEST_CASE("the tuner leaves LL within a factor of two of where LL stops being the fastest") {
  // Measured: at eight GPUs LL up to 1 MiB. The times know nothing of the tuner.
  const Machine m = hgx_h100();
  for (const int gpus : {2, 4, 6, 8}) {
    const auto ll_is_fastest = [&](Bytes bytes) {
      const double ll = microseconds(call(bytes, gpus), ring_ll, m);
      return ll <= microseconds(call(bytes, gpus), ring_ll128, m) && ll <= microseconds(call(bytes, gpus), nvls, m) &&
             ll <= microseconds(call(bytes, gpus), ring_simple, m);
    };
    const std::vector<Bytes> sizes = powers_of_two();
    const auto left = std::ranges::find_if(sizes, [&](Bytes bytes) { return chosen(bytes, gpus) != ring_ll; });
    const auto lost = std::ranges::find_if_not(sizes, ll_is_fastest);
    INFO(gpus << " GPUs: the tuner leaves LL at " << left->count << " B, LL loses at " << lost->count << " B");
    CHECK(std::abs(left - lost) <= 1);
  }
}

TEST_CASE("what is forced is taken, and only the rest is chosen") {
  const Machine m = hgx_h100();
  Call asked = call(1024_MiB, 8);
  asked.algorithm = Algorithm::ring;
  REQUIRE(choose(asked, m) == ring_simple);
  asked.protocol = Protocol::ll;
  REQUIRE(choose(asked, m) == ring_ll);
  asked.algorithm = Algorithm::library;
  REQUIRE(choose(asked, m).protocol == Protocol::ll);
  asked.protocol.reset();
  asked.algorithm = Algorithm::double_binary_tree;
  REQUIRE(choose(asked, m).algorithm == Algorithm::double_binary_tree);
  REQUIRE(choose(call(1024_MiB, 8, 1, Collective::all_to_all), m) == direct);
  REQUIRE(choose(call(1024_MiB, 8, 1, Collective::send_recv), m) == direct);
}

TEST_CASE("without a tuner Simple is taken, unless another protocol is forced") {
  Call asked = call(1_KiB, 4);
  asked.algorithm = Algorithm::ring;
  REQUIRE(choose(asked, hpe_v100()) == ring_simple);
  asked.protocol = Protocol::ll128;
  REQUIRE(choose(asked, hpe_v100()) == ring_ll128);
}

TEST_CASE("a switch that cannot reduce is never asked to") {
  Machine m = hgx_h100();
  m.nvls = false;
  for (const Bytes bytes : powers_of_two()) CHECK(choose(call(bytes, 8), m).algorithm != Algorithm::nvls);
}

}  // namespace
}  // namespace ringtrue::nccl
