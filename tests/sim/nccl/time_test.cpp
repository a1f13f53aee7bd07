// The formulas of time.hpp on one node, with round parameters (machines.hpp). The message is 64 MiB, S = 67,108,864,
// whose root of MiB is 8; four GPUs on 100 GB/s = 1e5 bytes/us each.
#include "sim/nccl/time.hpp"

#include <catch2/catch.hpp>

#include "tests/sim/nccl/machines.hpp"

namespace ringtrue::nccl {
namespace {

using namespace testing;
using Catch::WithinRel;

constexpr double S = 67'108'864;
constexpr double exact = 1e-12;

double of_64_MiB(Choice choice, Collective collective = Collective::all_reduce) {
  return microseconds(call(64_MiB, 4, 1, collective), choice, round_machine());
}

TEST_CASE("a ring with Simple: base, doublings, the wire with its bubble, jitter") {
  // 10 + 4 log2(4) = 18; a GPU sends 2 x 3/4 S in 6 steps, half a step of which is bubble; 3 x 8 = 24 of jitter.
  REQUIRE_THAT(of_64_MiB(ring_simple), WithinRel(18 + 1.5 * S / 1e5 * (1 + 0.5 / 6) + 24, exact));
  // The others send 3/4 S in 3 steps.
  const double half = 18 + 0.75 * S / 1e5 * (1 + 0.5 / 3) + 24;
  REQUIRE_THAT(of_64_MiB(ring_simple, Collective::all_gather), WithinRel(half, exact));
  REQUIRE_THAT(of_64_MiB(ring_simple, Collective::reduce_scatter), WithinRel(half, exact));
  // A broadcast passes all of S on, in slices.
  REQUIRE_THAT(of_64_MiB(ring_simple, Collective::broadcast), WithinRel(18 + S / 1e5 + 24, exact));
}

TEST_CASE("a ring with LL128: 120 of 128 bytes are message") {
  REQUIRE_THAT(of_64_MiB(ring_ll128), WithinRel(8 + 6 * 2 + 1.5 * S / (0.92 * 1e5), exact));
}

TEST_CASE("a ring with LL: half of the bus is message, and no more than LL ever moved") {
  REQUIRE_THAT(of_64_MiB(ring_ll), WithinRel(5 + 6 * 1 + 1.5 * S / 5e4, exact));
  Machine fast = round_machine();
  set(fast, Quantity::link_bandwidth, 100);  // half of 1000 GB/s is above 141
  REQUIRE_THAT(microseconds(call(64_MiB, 4), ring_ll, fast), WithinRel(5 + 6 * 1 + 1.5 * S / 141e3, exact));
}

TEST_CASE("a tree sends the message up and down, over three hops each way") {
  REQUIRE_THAT(of_64_MiB(tree_ll), WithinRel(5 + 6 * 1 + 2 * S / (0.92 * 1e5 / 3.8), exact));
  REQUIRE_THAT(of_64_MiB(tree_ll128), WithinRel(8 + 6 * 1.25 + 2 * S / (0.92 * 1e5 * 7 / 9), exact));
  REQUIRE_THAT(of_64_MiB(tree_simple), WithinRel(8.4 + 6 * 4.0 + 2 * S / (0.92 * 1e5) + 24, exact));
}

TEST_CASE("NVLS: all of the message to the switch, a quarter of the result back, at the switch's efficiency") {
  REQUIRE_THAT(of_64_MiB(nvls), WithinRel(20 + S * 1.25 / (0.8 * 1e5) + 2 * 8, exact));
}

TEST_CASE("messages go straight to their receivers") {
  // all_to_all: 3/4 of S leaves the GPU; send_recv: all of it.
  REQUIRE_THAT(of_64_MiB(direct, Collective::all_to_all), WithinRel(18 + 0.75 * S / 1e5 + 24, exact));
  REQUIRE_THAT(of_64_MiB(direct, Collective::send_recv), WithinRel(18 + S / 1e5 + 24, exact));
}

TEST_CASE("links are those that so many GPUs use") {
  Machine mesh = round_machine();
  mesh.links = {{.gpus = 2, .links = 1}, {.gpus = 4, .links = 4}};
  REQUIRE_THAT(microseconds(call(64_MiB, 4), ring_ll128, mesh), WithinRel(8 + 6 * 2 + 1.5 * S / (0.92 * 4e4), exact));
  REQUIRE_THAT(microseconds(call(64_MiB, 2), ring_ll128, mesh), WithinRel(8 + 2 * 2 + S / (0.92 * 1e4), exact));
}

TEST_CASE("the bound is what a GPU has to send over its links") {
  const Machine m = round_machine();
  REQUIRE_THAT(bandwidth_bound(call(64_MiB, 4), ring_ll, m).count(), WithinRel(1.5 * S / 100e9, exact));
  REQUIRE_THAT(bandwidth_bound(call(64_MiB, 4), tree_simple, m).count(), WithinRel(1.5 * S / 100e9, exact));
  REQUIRE_THAT(bandwidth_bound(call(64_MiB, 4), nvls, m).count(), WithinRel(1.25 * S / 100e9, exact));
  REQUIRE_THAT(bandwidth_bound(call(64_MiB, 4, 1, Collective::all_to_all), direct, m).count(),
               WithinRel(0.75 * S / 100e9, exact));
}

}  // namespace
}  // namespace ringtrue::nccl
