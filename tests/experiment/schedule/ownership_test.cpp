#include "experiment/schedule/ownership.hpp"

#include <catch2/catch.hpp>

#include "experiment/schedule/schedule.hpp"

namespace ringtrue {
namespace {

bool always(const Operation&) { return true; }

Experiment ring(Collective collective, int ranks, bool in_place = true) {
  CollectiveRun run{.collective = collective,
                    .algorithm = Algorithm::ring,
                    .bytes = 4_KiB,
                    .dtype = DataType::float32,
                    .in_place = in_place,
                    .segmentation = Segmentation{1_KiB, 2}};
  if (reduces_values(collective)) run.op = ReduceOp::sum;
  return {run, ranks};
}

std::int64_t bytes_read(Ownership& memory, Buffer buffer) {
  std::int64_t bytes = 0;
  for (const Span& span : memory.read_by_others({buffer, 0, 4096})) bytes += span.length;
  return bytes;
}

/// Bytes that an iteration writes where others had read.
double taken_back(const Experiment& experiment, int rank) {
  Ownership memory = Ownership::before_iteration(experiment, rank, always);
  double bytes = 0;
  Schedule schedule(experiment, rank);
  while (const std::optional<Operation> operation = schedule.next())
    bytes += memory.follow(*operation) * static_cast<double>(operation->span.length);
  return bytes;
}

/// A rank without a partner: nothing happens but what the test does.
Ownership untouched(Ownership::IsRead is_read) {
  return {Experiment{Exchange{8_B, 1, 1, {8_B, 1}}, 3}, 2, std::move(is_read)};
}

Operation operation(OperationKind kind, std::int64_t offset, std::int64_t length) {
  return {.kind = kind, .peer = 0, .span = {Buffer::data, offset, length}};
}

TEST_CASE("what was sent is others' until it is written, byte by byte") {
  Ownership memory = untouched(always);
  CHECK(memory.follow(operation(OperationKind::irecv, 0, 100)) == 0);
  CHECK(memory.follow(operation(OperationKind::isend, 0, 100)) == 0);
  CHECK(memory.follow(operation(OperationKind::isend, 50, 100)) == 0);
  CHECK(memory.follow(operation(OperationKind::wait, 0, 100)) == 0);
  CHECK(memory.follow(operation(OperationKind::reduce, 20, 40)) == 1);
  CHECK(memory.follow(operation(OperationKind::copy, 20, 40)) == 0);
  CHECK(memory.follow(operation(OperationKind::irecv, 100, 100)) == 0.5);
  CHECK(memory.follow(operation(OperationKind::irecv, 0, 0)) == 0);
  const std::vector<Span> left = memory.read_by_others({Buffer::data, 10, 80});  // of 0 to 20 and 60 to 100
  REQUIRE(left.size() == 2);
  CHECK((left[0].offset == 10 && left[0].length == 10));
  CHECK((left[1].offset == 60 && left[1].length == 30));
  CHECK(memory.follow(operation(OperationKind::copy, 0, 200)) == 0.3);
  CHECK(memory.read_by_others({Buffer::data, 0, 200}).empty());
}

TEST_CASE("what was sent piece by piece is one range") {
  Ownership memory = untouched(always);
  for (const std::int64_t piece : {2, 0, 1, 4, 3}) memory.follow(operation(OperationKind::isend, 10 * piece, 10));
  const std::vector<Span> all = memory.read_by_others({Buffer::data, 0, 100});
  REQUIRE(all.size() == 1);
  CHECK((all[0].offset == 0 && all[0].length == 50));
}

TEST_CASE("what nobody reads stays the rank's own") {
  Ownership memory = untouched([](const Operation& isend) { return isend.span.length > 100; });
  memory.follow(operation(OperationKind::isend, 0, 100));
  CHECK(memory.follow(operation(OperationKind::irecv, 0, 100)) == 0);
  memory.follow(operation(OperationKind::isend, 0, 101));
  CHECK(memory.follow(operation(OperationKind::irecv, 0, 101)) == 1);
}

TEST_CASE("buffers are apart, but that input is data in place") {
  Ownership memory = untouched(always);
  memory.follow({.kind = OperationKind::isend, .peer = 0, .span = {Buffer::scratch, 0, 8}});
  memory.follow({.kind = OperationKind::isend, .peer = 0, .span = {Buffer::input, 0, 8}});
  CHECK(memory.read_by_others({Buffer::scratch, 0, 8}).size() == 1);
  CHECK(memory.read_by_others({Buffer::data, 0, 8}).size() == 1);
}

// A rank of a ring all-reduce sends p - 1 chunks of partial sums, receives as many where those were, and has sent on
// all of these but the last.
TEST_CASE("an all-reduce over a ring receives where it has sent") {
  const int ranks = GENERATE(2, 4, 8), rank = GENERATE(0, 1);
  const std::int64_t most = 4096 - 4096 / ranks;
  Ownership memory(ring(Collective::all_reduce, ranks), rank, always);
  CHECK(bytes_read(memory, Buffer::data) == most);
  CHECK(taken_back(ring(Collective::all_reduce, ranks), rank) == static_cast<double>(most));
  Ownership next = Ownership::before_iteration(ring(Collective::all_reduce, ranks), rank, always);
  CHECK(bytes_read(next, Buffer::data) == 0);
}

// Out of place the result of the iteration before is still others': the reduction takes it back.
TEST_CASE("out of place a reduction takes back what the all-gather before has sent") {
  CHECK(taken_back(ring(Collective::all_reduce, 2, false), 0) == 2048);
  Ownership memory(ring(Collective::all_reduce, 2, false), 0, always);
  CHECK(bytes_read(memory, Buffer::input) == 2048);
  Ownership next = Ownership::before_iteration(ring(Collective::all_reduce, 2, false), 0, always);
  CHECK(bytes_read(next, Buffer::input) == 0);
  CHECK(bytes_read(next, Buffer::data) == 2048);
}

TEST_CASE("an all-gather takes back what it sent on before, and nothing between two ranks") {
  CHECK(taken_back(ring(Collective::all_gather, 2), 0) == 0);
  CHECK(taken_back(ring(Collective::all_gather, 4), 0) == 2 * 1024);
}

TEST_CASE("only long messages to other cores are read by them") {
  const std::vector<int> apart{0, 1}, together{0, 0};
  const auto read = [](const std::vector<int>& core_of, Bytes largest_eager) {
    Ownership memory = Ownership::between_cores({Exchange{4_KiB, 1, 2, {4_KiB, 1}}, 2}, 0, core_of, largest_eager);
    return bytes_read(memory, Buffer::data);
  };
  CHECK(read(apart, 2047_B) == 2048);  // what was sent last
  CHECK(read(apart, 2048_B) == 0);
  CHECK(read(together, 0_B) == 0);
}

TEST_CASE("an exchange receives where it has sent; a fresh one does not, nor a cold one at first") {
  const Segmentation segmentation{1_KiB, 2};
  CHECK(taken_back({Exchange{4_KiB, 1, 16, segmentation}, 2}, 0) == 16 * 2048);
  CHECK(taken_back({Exchange{8_KiB, 1, 4, segmentation}, 8}, 0) == 3 * 1024);  // what was received last was never sent
  CHECK(taken_back({Exchange{4_KiB, 1, 1, segmentation, false, true}, 2}, 0) == 0);
  CHECK(taken_back({Exchange{4_KiB, 1, 3, segmentation, false, true}, 4}, 1) == 0);
  CHECK(taken_back({Exchange{4_KiB, 1, 2, segmentation, true}, 2}, 0) == 2048);
}

}  // namespace
}  // namespace ringtrue
