// The schedule tests are worth what their referee is worth: each rule broken once.

#include "tests/experiment/schedule/in_memory_executor.hpp"

#include <utility>

#include <catch2/catch.hpp>

using namespace ringtrue;
using Catch::Contains;
using in_memory::execute;
using in_memory::Job;
using in_memory::Violation;

namespace {

Operation isend(int peer, int slot, Span span) { return {OperationKind::isend, peer, slot, span, {}, {}}; }
Operation irecv(int peer, int slot, Span span) { return {OperationKind::irecv, peer, slot, span, {}, {}}; }
Operation wait(int slot) { return {OperationKind::wait, -1, slot, {}, {}, {}}; }
Operation reduce(Span to, Span first, Span second) { return {OperationKind::reduce, -1, 0, to, first, second}; }
Span data(std::int64_t offset, std::int64_t length) { return {Buffer::data, offset, length}; }

/// Two ranks with 16 bytes of input, data and scratch each; data of rank r holds r + 1 in every byte.
Job two_ranks(std::vector<Operation> first, std::vector<Operation> second) {
  Job job{.programs = {std::move(first), std::move(second)},
          .memories = {},
          .slots = 2,
          .dtype = DataType::float32,
          .in_place = false};
  for (int rank = 0; rank < 2; ++rank) {
    const std::vector<std::byte> zeros(16);
    job.memories.push_back({zeros, std::vector<std::byte>(16, static_cast<std::byte>(rank + 1)), zeros});
  }
  return job;
}

}  // namespace

TEST_CASE("a message moves its bytes and is counted at its sender") {
  const auto outcome = execute(two_ranks({isend(1, 0, data(0, 8)), wait(0)}, {irecv(0, 0, data(8, 8)), wait(0)}));
  REQUIRE(outcome.memories[1].data[7] == std::byte{2});  // outside the message: as it was
  REQUIRE(outcome.memories[1].data[8] == std::byte{1});  // rank 0's bytes are 1
  REQUIRE(outcome.sent_bytes == std::vector<std::int64_t>{8, 0});
}

TEST_CASE("two ranks that both send first and buffer nothing are a deadlock") {
  const std::vector<Operation> send_first{isend(1, 0, data(0, 8)), wait(0), irecv(1, 1, data(8, 8)), wait(1)};
  std::vector<Operation> likewise = send_first;
  likewise[0].peer = likewise[2].peer = 0;
  REQUIRE_THROWS_WITH(execute(two_ranks(send_first, likewise)), Contains("deadlock"));
  REQUIRE_NOTHROW(execute(two_ranks({isend(1, 0, data(0, 8)), irecv(1, 1, data(8, 8)), wait(0), wait(1)}, likewise)));
}

TEST_CASE("what breaks a rule of MPI is refused") {
  const std::vector<Operation> other{irecv(0, 0, data(0, 8)), wait(0)};
  const auto first_rank_does = [&](std::vector<Operation> program) {
    return execute(two_ranks(std::move(program), other));
  };
  const Operation send = isend(1, 0, data(0, 8));
  const Operation add = reduce(data(0, 4), data(0, 4), {Buffer::scratch, 0, 4});

  REQUIRE_THROWS_WITH(first_rank_does({isend(1, 0, data(0, 4)), wait(0)}), Contains("another length"));
  REQUIRE_THROWS_WITH(first_rank_does({send}), Contains("without waiting"));
  REQUIRE_THROWS_WITH(first_rank_does({send, isend(1, 0, data(8, 8))}), Contains("still pending"));
  REQUIRE_THROWS_WITH(first_rank_does({isend(1, 2, data(0, 8))}), Contains("no such slot"));
  REQUIRE_THROWS_WITH(first_rank_does({isend(2, 0, data(0, 8))}), Contains("no such peer"));
  REQUIRE_THROWS_WITH(first_rank_does({isend(1, 0, data(12, 8))}), Contains("leaves its buffer"));
  REQUIRE_THROWS_WITH(first_rank_does({send, add}), Contains("pending transfer"));
  REQUIRE_THROWS_WITH(first_rank_does({send, irecv(1, 1, data(4, 8))}), Contains("pending transfer"));
  REQUIRE_THROWS_WITH(first_rank_does({irecv(1, 1, data(4, 8)), send}), Contains("being received"));
  REQUIRE_THROWS_WITH(first_rank_does({irecv(1, 1, {Buffer::scratch, 0, 8}), add}), Contains("being received"));
  REQUIRE_THROWS_WITH(first_rank_does({irecv(1, 1, {Buffer::input, 0, 8})}), Contains("writes the input"));
  REQUIRE_THROWS_WITH(first_rank_does({reduce(data(0, 4), data(2, 4), {Buffer::scratch, 0, 4})}),
                      Contains("onto its operand"));
  REQUIRE_THROWS_WITH(first_rank_does({reduce(data(0, 4), data(0, 4), {Buffer::scratch, 0, 8})}),
                      Contains("unequal lengths"));
  REQUIRE_THROWS_WITH(first_rank_does({reduce(data(0, 2), data(0, 2), {Buffer::scratch, 0, 2})}),
                      Contains("part of an element"));
}
