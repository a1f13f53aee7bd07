#include "sim/training/advances.hpp"

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

Experiment ring(Collective collective, Bytes bytes, int ranks, Segmentation segmentation) {
  CollectiveRun run{.collective = collective,
                    .algorithm = Algorithm::ring,
                    .bytes = bytes,
                    .dtype = DataType::float32,
                    .op = {},
                    .in_place = true,
                    .segmentation = segmentation,
                    .root = {}};
  if (reduces_values(collective)) run.op = ReduceOp::sum;
  return {run, ranks};
}

TEST_CASE("with one segment a chunk, a ring advances one step at a time") {
  const int ranks = GENERATE(2, 3, 4, 8);
  const Bytes bytes{1024 * ranks};
  REQUIRE(advances_of(ring(Collective::all_reduce, bytes, ranks, {1_MiB, 1}), max_bytes) == 2 * (ranks - 1));
  REQUIRE(advances_of(ring(Collective::reduce_scatter, bytes, ranks, {1_MiB, 1}), max_bytes) == ranks - 1);
  REQUIRE(advances_of(ring(Collective::all_gather, bytes, ranks, {1_MiB, 2}), max_bytes) == ranks - 1);
}

// Two ranks, chunks of 4 KiB in four segments: 2 x 4 transfers. One in flight: one an advance, 8. Two in flight: two
// an advance, 4.
TEST_CASE("as many segments as are in flight go in one advance") {
  REQUIRE(advances_of(ring(Collective::all_reduce, 8_KiB, 2, {1_KiB, 1}), max_bytes) == 8);
  REQUIRE(advances_of(ring(Collective::all_reduce, 8_KiB, 2, {1_KiB, 2}), max_bytes) == 4);
}

// Sent in one advance, taken in in the next, known to the sender in the one after, which sends what follows.
TEST_CASE("what is longer than an eager message takes two advances") {
  REQUIRE(advances_of(ring(Collective::all_reduce, 8_KiB, 2, {1_KiB, 1}), 1023_B) == 16);
  REQUIRE(advances_of(ring(Collective::all_reduce, 8_KiB, 2, {1_KiB, 2}), 1023_B) == 8);
  REQUIRE(advances_of(ring(Collective::all_reduce, 8_KiB, 2, {1_KiB, 2}), 1_KiB) == 4);
}

TEST_CASE("halving and doubling takes two advances for each bit of the ranks") {
  Experiment experiment = ring(Collective::all_reduce, 8_KiB, 8, {1_MiB, 1});
  std::get<CollectiveRun>(experiment.workload).algorithm = Algorithm::halving_doubling;
  REQUIRE(advances_of(experiment, max_bytes) == 2 * 3);
  REQUIRE(advances_of(experiment, 0_B) == 2 * 2 * 3);  // each learns that its message was taken before it goes on
}

}  // namespace
}  // namespace ringtrue
