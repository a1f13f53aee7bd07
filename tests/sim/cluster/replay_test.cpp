#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "sim/closed_form.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/cluster/fit.hpp"

namespace ringtrue {
namespace {

Seconds us(double value) { return Seconds{value * 1e-6}; }

Experiment ring(Bytes bytes, int ranks, Bytes segment = 1_MiB, int in_flight = 1) {
  return {CollectiveRun{.algorithm = Algorithm::ring,
                        .bytes = bytes,
                        .dtype = DataType::float32,
                        .op = ReduceOp::sum,
                        .in_place = true,
                        .segmentation = Segmentation{segment, in_flight}},
          ranks};
}

ClusterPlatform machine(int cores, Bytes eager_limit = 0_B) {
  return {.system = {.testbed = "test", .hosts = 1, .cores = cores, .placement = Placement::block, .transport = "sm"},
          .eager_limit = eager_limit,
          .state_threshold_s = 0,
          .scales = {}};
}

/// Constant costs, whatever the size.
ClusterScale constant_scale(int ranks, Seconds turn, Seconds message, Seconds reduce) {
  ClusterScale scale;
  scale.ranks = ranks;
  scale.turn = turn;
  scale.same_core = scale.cross_core = CostTable({{1_B, 1_B, message}}, 0_B);
  scale.reduce = CostTable({{1_B, 1_B, reduce}}, 0_B);
  return scale;
}

double us_of(const Prediction& prediction) { return prediction.time.count() * 1e6; }

TEST_CASE("two ranks on two cores, one segment a chunk") {
  // Reduce-scatter: seen after 1 us, taken in for 2 us, reduced for 4 us: 7 us. All-gather: 1 + 2 us. Skew 0.5 us.
  ClusterScale scale = constant_scale(2, us(1), us(2), us(4));
  scale.skew = us(0.5);
  REQUIRE_THAT(us_of(replay(ring(64_KiB, 2), machine(2), scale)), Catch::WithinAbs(10.5, 1e-6));
}

TEST_CASE("a core for every rank: events equal the closed form") {
  // 2(p-1) steps of turn + cost, p-1 reductions.
  const int ranks = GENERATE(2, 3, 4, 5, 8, 9);
  const double expected = 2 * (ranks - 1) * (1 + 2) + (ranks - 1) * 4;
  REQUIRE_THAT(us_of(replay(ring(64_KiB, ranks), machine(ranks), constant_scale(ranks, us(1), us(2), us(4)))),
               Catch::WithinAbs(expected, 1e-6));
}

TEST_CASE("with cost proportional to size and free reductions the ring is the alpha-beta ring") {
  const int ranks = GENERATE(2, 4, 8);
  // 8 MB in chunks of 4, 2 or 1 MB: 1 ns per byte (1 GB/s) and 3 us a message.
  ClusterScale scale = constant_scale(ranks, us(3), us(0), us(0));
  scale.cross_core = CostTable({{1_B, 1_B, Seconds{1e-9}}, {8'000'000_B, 8'000'000_B, Seconds{8e-3}}}, 0_B);
  const Prediction events = replay(ring(8'000'000_B, ranks, 64_MiB), machine(ranks), scale);
  const Seconds closed = ring_all_reduce_time(8'000'000_B, ranks, {.alpha = us(3), .bandwidth = 1_GBps});
  REQUIRE_THAT(events.time.count(), Catch::WithinRel(closed.count(), 1e-9));
}

TEST_CASE("ranks that share cores advance one step a round of turns") {
  // 4 ranks on 2 cores: a round is 2 turns. One round to start, then 2(p-1) = 6 waits of a round each: 14 turns of 3
  // us.
  REQUIRE_THAT(us_of(replay(ring(64_B, 4), machine(2, 4_KiB), constant_scale(4, us(3), us(0), us(0)))),
               Catch::WithinAbs(42, 1e-6));
  // 8 ranks on 2 cores: a round is 4 turns, 14 waits: 60 turns of 5 us.
  REQUIRE_THAT(us_of(replay(ring(64_B, 8), machine(2, 4_KiB), constant_scale(8, us(5), us(0), us(0)))),
               Catch::WithinAbs(300, 1e-6));
}

TEST_CASE("work of ranks on one core adds up") {
  // One core, 2 ranks, turns almost free: 2 steps a rank, each 10 us of message, one reduction of 5 us: 25 us x 2
  // ranks.
  const double time = us_of(replay(ring(64_KiB, 2), machine(1), constant_scale(2, Seconds{1e-12}, us(10), us(5))));
  REQUIRE_THAT(time, Catch::WithinAbs(50, 1e-3));
}

TEST_CASE("segments in flight hide the latency behind the copy") {
  // One chunk of 4 segments, exchanged at 1 us latency and 2 us a copy. One in flight: each segment waits for its
  // latency after the previous one was taken. Two in flight: only the first latency shows in a step's worth of
  // segments.
  const ClusterScale scale = constant_scale(2, us(1), us(2), us(0));
  const double one = us_of(replay(ring(8_KiB, 2, 1_KiB, 1), machine(2), scale));
  const double two = us_of(replay(ring(8_KiB, 2, 1_KiB, 2), machine(2), scale));
  REQUIRE_THAT(one, Catch::WithinAbs(8 * 3, 1e-6));
  REQUIRE(two < one);
  REQUIRE(two >= 8 * 2);
}

TEST_CASE("a single rank takes no time but the skew") {
  ClusterScale scale = constant_scale(1, us(1), us(2), us(4));
  REQUIRE(us_of(replay(ring(64_KiB, 1), machine(2), scale)) == 0);
}

TEST_CASE("every schedule ends, whatever the ranks, sizes and segments") {
  const int ranks = GENERATE(2, 3, 5, 8);
  const int cores = GENERATE(1, 2, 3);
  const Bytes bytes = GENERATE(4_B, 20_B, 1000_B, 4096_B);
  const int in_flight = GENERATE(1, 2, 5);
  const Prediction a =
      replay(ring(bytes, ranks, 64_B, in_flight), machine(cores), constant_scale(ranks, us(1), us(2), us(1)));
  const Prediction b =
      replay(ring(bytes, ranks, 64_B, in_flight), machine(cores), constant_scale(ranks, us(1), us(2), us(1)));
  REQUIRE(a.time.count() > 0);
  REQUIRE(a.time == b.time);
}

TEST_CASE("more costly messages never make the ring faster") {
  const int ranks = GENERATE(2, 4, 8);
  const Experiment experiment = ring(64_KiB, ranks, 4_KiB, 2);
  double previous = 0;
  for (const double cost : {0.0, 1.0, 2.0, 5.0, 20.0}) {
    const double time = us_of(replay(experiment, machine(2), constant_scale(ranks, us(1), us(cost), us(1))));
    REQUIRE(time > previous);
    previous = time;
  }
}

TEST_CASE("an algorithm without a schedule is refused") {
  Experiment library = ring(64_KiB, 2);
  std::get<CollectiveRun>(library.workload).algorithm = Algorithm::library;
  REQUIRE_THROWS_AS(replay(library, machine(2), constant_scale(2, us(1), us(1), us(1))), Error);
}

TEST_CASE("free turns of an exchange: one a repetition alone, rounds when cores are shared") {
  const Exchange exchange{.bytes = 8_B, .stride = 1, .repetitions = 16, .segmentation = {1_MiB, 2}};
  const System two_cores = machine(2).system;
  REQUIRE_THAT(free_turns({exchange, 2}, two_cores, 4_KiB), Catch::WithinAbs(16, 1e-6));
  REQUIRE_THAT(free_turns({exchange, 4}, two_cores, 4_KiB), Catch::WithinAbs(2 * 17, 1e-6));
  REQUIRE(free_turns({ReduceLocal{.bytes = 8_B, .dtype = DataType::float32, .repetitions = 1, .segment = 8_B}, 2},
                     two_cores, 0_B) == 0);
}

/// A core for each rank, everything eager: 1 us on the way, 3 us to take a message in, 2 us to reduce, 5 us to copy.
double replayed_us(Collective collective, Algorithm algorithm, int ranks, bool in_place = true) {
  CollectiveRun run{.collective = collective,
                    .algorithm = algorithm,
                    .bytes = {ranks * 64},
                    .dtype = DataType::float32,
                    .op = {},
                    .in_place = in_place,
                    .segmentation = Segmentation{1_MiB, 8},
                    .root = {}};
  if (reduces_values(collective)) run.op = ReduceOp::sum;
  ClusterScale scale = constant_scale(ranks, us(1), us(3), us(2));
  scale.copy = CostTable({{1_B, 1_B, us(5)}}, 0_B);
  return us_of(replay({run, ranks}, machine(ranks, 1_MiB), scale));
}

TEST_CASE("each algorithm costs what its rounds add up to, on a core for each rank") {
  using enum Collective;
  using enum Algorithm;
  // 2 (p-1) steps, half of them reduce: 3 (1+3+2) + 3 (1+3).
  CHECK(replayed_us(all_reduce, ring, 4) == Approx(30));
  // 2 log2 p rounds, half of them reduce: 2 (1+3+2) + 2 (1+3).
  CHECK(replayed_us(all_reduce, halving_doubling, 4) == Approx(20));
  // All p-1 messages are there after 1 us: 1 + 3 (3+2), then 1 + 3 x 3.
  CHECK(replayed_us(all_reduce, direct, 4) == Approx(26));
  CHECK(replayed_us(reduce_scatter, halving_doubling, 4) == Approx(12));
  CHECK(replayed_us(all_gather, ring, 4) == Approx(12));
  // A chain of p-1 hops.
  CHECK(replayed_us(broadcast, ring, 4) == Approx(12));
  // The root sends to all at once; each takes in one message.
  CHECK(replayed_us(broadcast, direct, 4) == Approx(4));
}

TEST_CASE("copies are priced: out of place, an all-gather also places its own chunk") {
  CHECK(replayed_us(Collective::all_gather, Algorithm::direct, 2) == Approx(1 + 3));
  CHECK(replayed_us(Collective::all_gather, Algorithm::direct, 2, false) == Approx(1 + 3 + 5));
  // Bruck over 2 ranks, one round: 2 copies to arrange (rank 0 one, as nothing wraps around), 1 to pack, the message, 1
  // to unpack, 2 to deliver. Rank 1 arranges 5 us longer, and its message comes to rank 0 that much later.
  CHECK(replayed_us(Collective::all_to_all, Algorithm::halving_doubling, 2, false) ==
        Approx(2 * 5 + 5 + 1 + 3 + 5 + 2 * 5));
}

// Two ranks, a core each, 64 KiB in chunks of 32 KiB: a step of the reduce-scatter (latency 1, message 100, reduction
// 2) and one of the all-gather (1 + 100). A byte costs a copy 0.5 ns in a buffer of 32 KiB, which is what scratch has,
// and 1.5 ns in one of 64 KiB: the message into scratch is 32,768 ns cheaper.
TEST_CASE("what comes into scratch does not pay for a destination out of the cache") {
  ClusterScale scale = constant_scale(2, us(1), us(100), us(2));
  scale.copy = CostTable({{32_KiB, 32_KiB, us(16.384)}, {64_KiB, 64_KiB, us(98.304)}}, 0_B);
  ClusterPlatform two_cores = machine(2);
  CHECK_THAT(us_of(replay(ring(64_KiB, 2), two_cores, scale)), Catch::WithinAbs(103 + 101 - 32.768, 1e-3));
  two_cores.without = Mechanism::warm_scratch;
  CHECK_THAT(us_of(replay(ring(64_KiB, 2), two_cores, scale)), Catch::WithinAbs(103 + 101, 1e-3));
}

// Two ranks, a core each: latency 1, a message 100, of which 60 to take back memory that the other core has read, a
// reduction 2.
TEST_CASE("what another core has read is taken back before it is written") {
  ClusterScale scale = constant_scale(2, us(1), us(100), us(2));
  scale.fresh = CostTable({{1_B, 1_B, us(40)}}, 0_B);
  const auto time_us = [&](Experiment experiment, bool in_place, Bytes eager_limit = 0_B) {
    std::get<CollectiveRun>(experiment.workload).in_place = in_place;
    return us_of(replay(experiment, machine(2, eager_limit), scale));
  };
  // Into scratch, which nobody reads, then where the first chunk was sent from.
  CHECK_THAT(time_us(ring(64_KiB, 2), true), Catch::WithinAbs(1 + 40 + 2 + 1 + 100, 1e-6));
  // Out of place, the reduction writes what the iteration before has sent; what arrives goes where nothing was sent.
  CHECK_THAT(time_us(ring(64_KiB, 2), false), Catch::WithinAbs(1 + 40 + 2 + 60 + 1 + 40, 1e-6));
  // Nobody reads the memory of who sends short messages.
  CHECK_THAT(time_us(ring(64_KiB, 2), true, 64_KiB), Catch::WithinAbs(1 + 40 + 2 + 1 + 40, 1e-6));
}

TEST_CASE("ranks of one core read nothing that would have to be taken back") {
  ClusterScale scale = constant_scale(2, Seconds{1e-12}, us(10), us(5));
  scale.fresh = CostTable({{1_B, 1_B, us(1)}}, 0_B);
  CHECK_THAT(us_of(replay(ring(64_KiB, 2), machine(1), scale)), Catch::WithinAbs(50, 1e-3));
}

TEST_CASE("every algorithm replays to an end on shared cores, and more bytes never take less time") {
  const auto collective = GENERATE(Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather,
                                   Collective::all_to_all, Collective::broadcast);
  const auto algorithm =
      GENERATE(Algorithm::ring, Algorithm::halving_doubling, Algorithm::double_binary_tree, Algorithm::direct);
  if (algorithm == Algorithm::double_binary_tree && collective != Collective::all_reduce &&
      collective != Collective::broadcast)
    return;
  const int ranks = GENERATE(2, 3, 5, 8);
  ClusterScale scale = constant_scale(ranks, us(1), us(3), us(2));
  // Cost grows with the message: 1 ns a byte.
  scale.same_core = scale.cross_core = CostTable({{1_B, 1_B, us(0.001)}, {1_MiB, 1_MiB, us(1048.576)}}, 0_B);
  double before = 0;
  for (const Bytes bytes : {4_KiB, 64_KiB, 1_MiB}) {
    CollectiveRun run{.collective = collective,
                      .algorithm = algorithm,
                      .bytes = bytes,
                      .dtype = DataType::float32,
                      .op = {},
                      .in_place = collective != Collective::all_to_all,
                      .segmentation = Segmentation{64_KiB, 2},
                      .root = {}};
    if (reduces_values(collective)) run.op = ReduceOp::sum;
    const double time = us_of(replay({run, ranks}, machine(2, 4_KiB), scale));
    CHECK(time >= before);
    before = time;
  }
  CHECK(before > 0);
}

}  // namespace
}  // namespace ringtrue
