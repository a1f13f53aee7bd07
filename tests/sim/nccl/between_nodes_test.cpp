// The formulas of time.hpp between nodes of eight GPUs, with round parameters (machines.hpp): links of 100 GB/s a GPU,
// eight cards of 25 GB/s a node. S = 64 MiB, whose root of MiB is 8. A ring of 16 GPUs has 30 steps, 4 of which cross.
#include <catch2/catch.hpp>

#include "tests/sim/nccl/machines.hpp"

namespace ringtrue::nccl {
namespace {

using namespace testing;
using Catch::WithinRel;

constexpr double message = 67'108'864;
constexpr double close = 1e-12;

double over(int nodes, Choice choice, double nic_GBps = 25, Collective collective = Collective::all_reduce) {
  Machine m = round_machine();
  set(m, Quantity::nic_bandwidth, nic_GBps);
  return microseconds(call(64_MiB, 8 * nodes, nodes, collective), choice, m);
}

TEST_CASE("the bus of a ring is its links', of which each crossing spares an eighth, or all cards'") {
  const double sent = message * 30 / 16;
  const double steps = 10 + 26 * 3.4 + 4 * 9;
  REQUIRE_THAT(over(2, ring_simple), WithinRel(steps + sent / (1e5 * 8 / 7), close));  // below 8 x 25 GB/s
  REQUIRE_THAT(over(2, ring_simple, 10), WithinRel(steps + sent / 8e4, close));        // 8 x 10 GB/s are below
  REQUIRE_THAT(over(2, ring_ll128, 10), WithinRel(8 + 26 * 1.9 + 4 * 7 + sent / (0.92 * 8e4), close));
}

TEST_CASE("what only gathers or scatters has half the steps, of which one crosses to each further node") {
  const double sent = message * 15 / 16;
  REQUIRE_THAT(over(2, ring_simple, 10, Collective::all_gather), WithinRel(10 + 14 * 3.4 + 1 * 9 + sent / 8e4, close));
  REQUIRE_THAT(over(2, ring_simple, 10, Collective::reduce_scatter),
               WithinRel(10 + 14 * 3.4 + 1 * 9 + sent / 8e4, close));
}

TEST_CASE("LL moves 39 GB/s at most between two nodes, 20.4 between more") {
  REQUIRE_THAT(over(2, ring_ll), WithinRel(5 + 26 * 1 + 4 * 6 + message * 30 / 16 / 39e3, close));
  REQUIRE_THAT(over(4, ring_ll), WithinRel(5 + 54 * 1 + 8 * 6 + message * 62 / 32 / 20.4e3, close));
  // Trees as well: 0.92 x 2000/7 / 3.8 is 69 GB/s.
  Machine fast = round_machine();
  set(fast, Quantity::link_bandwidth, 25);
  set(fast, Quantity::nic_bandwidth, 100);
  REQUIRE_THAT(microseconds(call(64_MiB, 16, 2), tree_ll, fast),
               WithinRel(5 + 14 * 1 + 2 * 5 + 2 * message / 39e3, close));
}

TEST_CASE("a tree crosses once each way for every doubling of the nodes") {
  const double bus = 0.92 * 1e5 * 8 / 7;
  REQUIRE_THAT(over(2, tree_simple), WithinRel(8.4 + 14 * 4 + 2 * 14 + 2 * message / bus + 24, close));
  REQUIRE_THAT(over(8, tree_simple), WithinRel(8.4 + 14 * 4 + 6 * 14 + 2 * message / bus + 24, close));
  REQUIRE_THAT(over(2, tree_ll128), WithinRel(8 + 14 * 1.25 + 2 * 8.5 + 2 * message / (bus * 0.9375), close));
  REQUIRE_THAT(over(2, tree_ll), WithinRel(5 + 14 * 1 + 2 * 5 + 2 * message / (bus / 3.8), close));
}

TEST_CASE("NVLS inside and a tree between nodes overlap: the slower one counts") {
  const double inside = message * 1.125 / 8e4;
  REQUIRE_THAT(over(2, nvls), WithinRel(20 + 2 * 14 + inside + 16, close));  // S over 200 GB/s is less
  REQUIRE_THAT(over(2, nvls, 5), WithinRel(20 + 2 * 14 + message / 4e4 + 16, close));
  REQUIRE_THAT(over(4, nvls, 10), WithinRel(20 + 4 * 14 + 2 * message / 8e4 + 16, close));  // up and down
}

TEST_CASE("messages to other nodes go over the sender's own card") {
  // 10 + 4 log2(16) and a crossing of 9; half of an all_to_all's S goes to the eight GPUs of the other node.
  REQUIRE_THAT(over(2, direct, 25, Collective::all_to_all), WithinRel(26 + 9 + 0.5 * message / 25e3 + 24, close));
  REQUIRE_THAT(over(2, direct, 25, Collective::send_recv), WithinRel(26 + 9 + message / 25e3 + 24, close));
  // Over fast cards the 7/16 for the own node takes longest.
  REQUIRE_THAT(over(2, direct, 500, Collective::all_to_all), WithinRel(35 + message * 7 / 16 / 1e5 + 24, close));
}

TEST_CASE("the bound between nodes is that of links or cards, of one card if only one is used") {
  const Machine m = round_machine();
  const Call two = call(64_MiB, 16, 2);
  REQUIRE_THAT(bandwidth_bound(two, ring_simple, m).count(), WithinRel(message * 30 / 16 / (100e9 * 8 / 7), close));
  REQUIRE_THAT(bandwidth_bound(call(64_MiB, 16, 2, Collective::all_to_all), direct, m).count(),
               WithinRel(message / 2 / 25e9, close));
  REQUIRE_THAT(bandwidth_bound(call(64_MiB, 16, 2, Collective::send_recv), direct, m).count(),
               WithinRel(message / 25e9, close));
}

}  // namespace
}  // namespace ringtrue::nccl
