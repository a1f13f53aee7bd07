#include "experiment/schedule/schedule.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "experiment/schedule/layout.hpp"
#include "tests/experiment/schedule/in_memory_executor.hpp"

using namespace ringtrue;
using Catch::Contains;
using in_memory::execute;
using in_memory::input_value;
using in_memory::Job;
using in_memory::make_job;
using in_memory::Outcome;
using in_memory::reduced_value;

namespace {

Experiment ring(int ranks, std::int64_t elements, DataType dtype, bool in_place, Segmentation segmentation) {
  return {CollectiveRun{.bytes = {elements * element_bytes(dtype).count},
                        .dtype = dtype,
                        .op = ReduceOp::sum,
                        .in_place = in_place,
                        .segmentation = segmentation},
          ranks};
}

template <class T>
void fill(std::vector<std::byte>& bytes, int rank) {
  for (std::size_t i = 0; i * sizeof(T) < bytes.size(); ++i) {
    const T value = static_cast<T>(input_value(rank, static_cast<std::int64_t>(i)));
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
}

template <class T>
std::int64_t count_wrong(const std::vector<std::byte>& bytes, int ranks) {
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i * sizeof(T) < bytes.size(); ++i) {
    T value{};
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    if (value != static_cast<T>(reduced_value(static_cast<std::int64_t>(i), ranks))) ++wrong;
  }
  return wrong;
}

/// Runs one ring All-Reduce and requires everything that must hold of any.
void require_correct(const Experiment& experiment) {
  INFO(experiment_key(experiment));
  Job job = make_job(experiment);
  const bool single = job.dtype == DataType::float32;
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    in_memory::Memory& memory = job.memories[static_cast<std::size_t>(rank)];
    std::vector<std::byte>& given = job.in_place ? memory.data : memory.input;
    single ? fill<float>(given, rank) : fill<double>(given, rank);
  }
  const Outcome outcome = execute(job);
  const std::int64_t element = element_bytes(job.dtype).count;
  const Bytes message = message_bytes(experiment);
  std::int64_t wrong = 0, spoiled = 0, unexpected_bytes = 0;
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    const auto r = static_cast<std::size_t>(rank);
    const auto& result = outcome.memories[r].data;
    wrong += single ? count_wrong<float>(result, experiment.ranks) : count_wrong<double>(result, experiment.ranks);
    if (outcome.memories[r].input != job.memories[r].input) ++spoiled;
    // A rank sends all chunks but one in each of the two phases: all but r+1, which it finishes itself, then all but
    // r+2, which its neighbour finishes. Each chunk is S/p rounded to an element, so that is 2(p-1)/p S within two
    // elements.
    const auto chunk = [&](int i) {
      return Layout{.ranks = experiment.ranks, .bytes = message.count, .element = element}
          .chunk(i % experiment.ranks)
          .length;
    };
    if (outcome.sent_bytes[r] != 2 * message.count - chunk(rank + 1) - chunk(rank + 2)) ++unexpected_bytes;
    if (std::abs(outcome.sent_bytes[r] * experiment.ranks - 2 * (experiment.ranks - 1) * message.count) >
        2 * element * experiment.ranks)
      ++unexpected_bytes;
  }
  REQUIRE(wrong == 0);
  REQUIRE(spoiled == 0);
  REQUIRE(unexpected_bytes == 0);
  REQUIRE(std::ranges::count(outcome.reductions, experiment.ranks - 1) ==
          static_cast<std::ptrdiff_t>(outcome.reductions.size()));
}

std::vector<Operation> operations_of(const Experiment& experiment, int rank) {
  return make_job(experiment).programs[static_cast<std::size_t>(rank)];
}

}  // namespace

TEST_CASE("a ring All-Reduce is right, lawful and moves no byte too many, whatever the sizes") {
  const int ranks = GENERATE(2, 3, 4, 5, 7, 8, 9);
  const bool in_place = GENERATE(true, false);
  const DataType dtype = GENERATE(DataType::float32, DataType::float64);
  const int in_flight = GENERATE(1, 2, 3, 8);
  // One element; fewer than ranks; as many; one more; sizes that do not divide.
  const std::set<std::int64_t> elements{1, ranks - 1, ranks, ranks + 1, 37, 250, 1000};
  // Less than an element; one; not a whole number of elements; some per chunk; more than any chunk.
  for (const std::int64_t n : elements)
    for (const std::int64_t segment : {1, 8, 60, 256, 65536})
      if (n < 1000 || segment > 8) require_correct(ring(ranks, n, dtype, in_place, {{segment}, in_flight}));
}

TEST_CASE("one rank has nothing to do but to copy if the result stands elsewhere") {
  REQUIRE(operations_of(ring(1, 100, DataType::float32, true, {64_B, 2}), 0).empty());
  const std::vector<Operation> text = operations_of(ring(1, 100, DataType::float32, false, {64_B, 2}), 0);
  REQUIRE(text.size() == 1);
  REQUIRE((text[0].kind == OperationKind::copy && text[0].first.buffer == Buffer::input && text[0].span.length == 400));
}

TEST_CASE("the scratch space is a window of segments, and a segment is never larger than a chunk") {
  // 1000 elements over 4 ranks: chunks of 1000 B; segments of 256 B, three in flight.
  REQUIRE(Schedule(ring(4, 1000, DataType::float32, true, {256_B, 3}), 0).scratch_bytes() == 768_B);
  // A chunk of 1000 B fits in one segment of 64 KiB; there are p-1 = 3 such transfers before the all-gather.
  REQUIRE(Schedule(ring(4, 1000, DataType::float32, true, {64_KiB, 8}), 0).scratch_bytes() == 3000_B);
}

TEST_CASE("chunks end between elements, differ by one element at most and fill the buffer") {
  const int ranks = GENERATE(1, 2, 3, 7, 8);
  const std::int64_t elements = GENERATE(1, 6, 8, 1001);
  std::int64_t sum = 0;
  for (int chunk = 0; chunk < ranks; ++chunk) {
    const std::int64_t bytes = Layout{.ranks = ranks, .bytes = elements * 8, .element = 8}.chunk(chunk).length;
    REQUIRE(bytes % 8 == 0);
    REQUIRE((bytes / 8 == elements / ranks || bytes / 8 == elements / ranks + 1));
    sum += bytes;
  }
  REQUIRE(sum == elements * 8);
}

TEST_CASE("two ranks, one segment a chunk: the whole text of rank 0") {
  // 2(p-1) = 2 steps. Chunks of 4 B: rank 0 sends chunk 0 and receives chunk 1 to add it; then sends the finished chunk
  // 1 and receives chunk 0.
  const std::vector<Operation> text = operations_of(ring(2, 2, DataType::float32, true, {4_B, 1}), 0);
  std::vector<OperationKind> kinds;
  for (const Operation& op : text) kinds.push_back(op.kind);
  using enum OperationKind;
  REQUIRE(kinds == std::vector{irecv, isend, wait, reduce, wait, isend, irecv, wait, wait});
  REQUIRE(text[0].span.buffer == Buffer::scratch);
  REQUIRE(text[1].span.offset == 0);
  REQUIRE(text[3].span.offset == 4);
  REQUIRE(text[5].span.offset == 4);
  REQUIRE((text[6].span.buffer == Buffer::data && text[6].span.offset == 0));
}

TEST_CASE("a million ranks are generated lazily") {
  const int ranks = 1 << 20;
  // 1 TiB, the largest message, over 2^20 ranks: chunks of 1 MiB. Rank 0 receives chunk p-1 first, the end of the
  // buffer.
  const Experiment experiment = ring(ranks, max_bytes.count / 4, DataType::float32, true, {max_bytes, 2});
  Schedule schedule(experiment, 0);
  REQUIRE(schedule.scratch_bytes() == 2_MiB);
  for (int i = 0; i < 2; ++i) REQUIRE(schedule.next()->kind == OperationKind::irecv);
  const Operation send = *schedule.next();
  REQUIRE((send.peer == 1 && send.span.offset == 0 && send.span.length == (1 << 20)));
  REQUIRE(schedule.next()->kind == OperationKind::wait);
  const Operation sum = *schedule.next();
  REQUIRE(sum.span.offset == max_bytes.count - (1 << 20));
}

TEST_CASE("an exchange passes chunks back and forth between partners") {
  const int ranks = GENERATE(2, 3, 4, 8);
  const int stride = GENERATE(1, 2, 4);
  const int repetitions = GENERATE(1, 2, 5, 9);
  const std::int64_t bytes = GENERATE(1, 7, 4096);
  if (stride >= ranks) return;
  const Experiment experiment{Exchange{{bytes}, stride, repetitions, {100_B, 3}}, ranks};
  INFO(experiment_key(experiment));
  const Outcome outcome = execute(make_job(experiment));
  for (int rank = 0; rank < ranks; ++rank) {
    // Ranks pair up as (r, r + stride) in groups of 2 x stride; without a partner a rank idles. A chunk is bytes/p.
    const bool lower = (rank / stride) % 2 == 0;
    const std::int64_t expected = !lower || rank + stride < ranks ? repetitions * (bytes / ranks) : 0;
    REQUIRE(outcome.sent_bytes[static_cast<std::size_t>(rank)] == expected);
  }
}

TEST_CASE("after two exchanges a rank holds its partner's first chunk and its own back") {
  // Two ranks, chunks A0 A1 and B0 B1. Step 0: chunk 0 goes into the partner's chunk 1. Step 1: chunk 1 goes home.
  Job job = make_job({Exchange{8_B, 1, 2, {4_B, 1}}, 2});
  for (std::size_t r = 0; r < 2; ++r) std::ranges::fill(job.memories[r].data, static_cast<std::byte>(r + 1));
  const Outcome outcome = execute(job);
  REQUIRE(outcome.memories[0].data[0] == std::byte{1});
  REQUIRE(outcome.memories[0].data[4] == std::byte{2});
  REQUIRE(outcome.memories[1].data[0] == std::byte{2});
  REQUIRE(outcome.memories[1].data[4] == std::byte{1});
}

TEST_CASE("a ping-pong carries rank 0's bytes to its partner and back") {
  const int ranks = GENERATE(2, 3, 8);
  const int stride = GENERATE(1, 2);
  const std::int64_t bytes = GENERATE(0, 1, 4096);
  if (stride >= ranks) return;
  Job job = make_job({PingPong{{bytes}, stride, 3}, ranks});
  std::ranges::fill(job.memories[0].data, std::byte{7});
  const Outcome outcome = execute(job);
  for (int rank = 0; rank < ranks; ++rank) {
    const auto r = static_cast<std::size_t>(rank);
    const bool takes_part = rank == 0 || rank == stride;
    REQUIRE(outcome.sent_bytes[r] == (takes_part ? 3 * bytes : 0));
    REQUIRE(job.programs[r].size() == (takes_part ? 12 : 0));  // 3 x (send, wait, receive, wait)
    REQUIRE(std::ranges::count(outcome.memories[r].data, std::byte{7}) == (takes_part ? bytes : 0));
  }
}

TEST_CASE("what cannot be scheduled is refused with the reason") {
  REQUIRE_THROWS_WITH(Schedule({PingPong{8_B, 2, 1}, 2}, 0), Contains("stride must be below the number of ranks, 2"));
  REQUIRE_THROWS_WITH(Schedule({Exchange{8_B, 3, 1, {8_B, 1}}, 3}, 0), Contains("stride must be below"));
  Experiment library = ring(2, 2, DataType::float32, true, {8_B, 1});
  std::get<CollectiveRun>(library.workload).algorithm = Algorithm::library;
  REQUIRE_THROWS_WITH(Schedule(library, 0), Contains("with dtype, in_place and segmentation, have a schedule of ours"));
  Experiment torn = ring(2, 2, DataType::float64, true, {8_B, 1});
  std::get<CollectiveRun>(torn.workload).bytes = 12_B;
  REQUIRE_THROWS_WITH(Schedule(torn, 0), Contains("not a whole number of float64 elements"));
  REQUIRE_THROWS_AS(Schedule({CopyLocal{8_B, 1, 8_B}, 2}, 0), std::logic_error);
}
