// No collective is faster than the smallest kernel of its kind and the launches of its process; see time.hpp.
#include <cmath>

#include <catch2/catch.hpp>

#include "tests/sim/nccl/machines.hpp"

namespace ringtrue::nccl {
namespace {

using namespace testing;
using Catch::WithinAbs;

/// 8 bytes, of which the wire takes less than a nanosecond.
double smallest(std::optional<LaunchMode> launch, Collective collective, int gpus, int nodes = 1) {
  Call asked = call(8_B, gpus, nodes, collective);
  asked.launch = launch;
  return microseconds(asked, ring_ll, round_machine());
}

constexpr double nanosecond = 1e-3;

TEST_CASE("one process launches on its GPUs one after the other") {
  // Smallest kernel 5 + 6 x 1 = 11; three more launches of 4 us each.
  REQUIRE_THAT(smallest(LaunchMode::one_process, Collective::all_reduce, 4), WithinAbs(11 + 3 * 4, nanosecond));
  REQUIRE_THAT(smallest(LaunchMode::one_process, Collective::reduce_scatter, 4), WithinAbs(8 + 3 * 4, nanosecond));
  REQUIRE_THAT(smallest(LaunchMode::one_process, Collective::all_gather, 4), WithinAbs(8 + 3 * 3, nanosecond));
  REQUIRE_THAT(smallest(LaunchMode::one_process, Collective::broadcast, 4), WithinAbs(8 + 3 * 3, nanosecond));
}

TEST_CASE("a process for each GPU launches once, a graph costs nothing") {
  REQUIRE_THAT(smallest(LaunchMode::process_per_gpu, Collective::all_reduce, 4), WithinAbs(11 + 2, nanosecond));
  REQUIRE_THAT(smallest(LaunchMode::cuda_graph, Collective::all_reduce, 4), WithinAbs(11, nanosecond));
}

TEST_CASE("of an unknown launch mode one process for each GPU is taken") {
  REQUIRE(smallest({}, Collective::all_reduce, 4) == smallest(LaunchMode::process_per_gpu, Collective::all_reduce, 4));
}

TEST_CASE("launches hide behind a kernel that takes longer") {
  Call asked = call(64_MiB, 4);
  const double alone = microseconds(asked, ring_simple, round_machine());
  asked.launch = LaunchMode::one_process;
  REQUIRE(microseconds(asked, ring_simple, round_machine()) == alone);
}

TEST_CASE("channels start as the message fills them, 4 KiB a GPU each, 24 at most") {
  Machine m = round_machine();
  set(m, Quantity::link_bandwidth, 1000);  // so that the wire does not show
  const auto started = [&](std::int64_t channels) {
    Call asked = call({channels * 4 * 4096}, 4);
    asked.launch = LaunchMode::process_per_gpu;
    return microseconds(asked, ring_ll, m) - 11 - 2;
  };
  REQUIRE_THAT(started(1), WithinAbs(0, 1e-9));
  REQUIRE_THAT(started(2), WithinAbs(6 * std::log(2) / std::log(24), 1e-9));
  REQUIRE_THAT(started(24), WithinAbs(6, 1e-9));
  REQUIRE_THAT(started(25), WithinAbs(6, 1e-9));
}

TEST_CASE("between nodes each process launches on its own node's GPUs") {
  // The smallest kernel of 16 GPUs on two nodes is a tree's: 5 + 14 x 1 + 2 x 5 = 29; seven more launches.
  REQUIRE_THAT(smallest(LaunchMode::one_process, Collective::all_reduce, 16, 2), WithinAbs(29 + 7 * 4, nanosecond));
  // A ring's takes longer anyway: 5 + 26 x 1 + 4 x 6.
  REQUIRE_THAT(smallest(LaunchMode::process_per_gpu, Collective::all_reduce, 16, 2), WithinAbs(55, nanosecond));
  // An all_gather has no tree: 5 + 14 x 1 + 1 x 6, and seven launches of 3 us.
  REQUIRE_THAT(smallest(LaunchMode::one_process, Collective::all_gather, 16, 2), WithinAbs(25 + 7 * 3, nanosecond));
}

TEST_CASE("two nodes are never faster than one, however they are launched") {
  for (const auto launch : {LaunchMode::one_process, LaunchMode::process_per_gpu, LaunchMode::cuda_graph}) {
    Call one = call(8_B, 8), two = call(8_B, 16, 2);
    one.launch = two.launch = launch;
    for (const Choice choice : {ring_ll, ring_ll128, ring_simple, tree_ll, nvls})
      CHECK(microseconds(one, choice, hgx_h100()) < microseconds(two, choice, hgx_h100()));
  }
}

}  // namespace
}  // namespace ringtrue::nccl
