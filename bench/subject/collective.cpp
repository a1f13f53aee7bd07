// What goes in and what has to come out. Every rank's buffers have S bytes, and a chunk lies at its place in them, as
// Schedule says; the library's collectives are called so that they read and write the same places.

#include "bench/subject/collective.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/subject/executor.hpp"
#include "bench/subject/memory.hpp"
#include "bench/subject/refresh.hpp"
#include "bench/subject/verify.hpp"
#include "experiment/error.hpp"
#include "experiment/schedule/layout.hpp"

namespace ringtrue {
namespace {

/// Memory of one collective: in place, input and data are the same bytes.
struct CollectiveMemory {
  CollectiveMemory(const CollectiveRun& run, Bytes scratch_bytes)
      : data(run.bytes), input(*run.in_place ? Bytes{0} : run.bytes), scratch(scratch_bytes), in_place(*run.in_place) {}
  std::span<std::byte> input_bytes() const { return in_place ? data.bytes() : input.bytes(); }
  Buffers buffers() const { return {.input = input_bytes().data(), .data = data.data(), .scratch = scratch.data()}; }
  Memory data, input, scratch;
  bool in_place;
};

/// A collective's question, and where its chunks lie.
struct Question {
  Question(const CollectiveRun& asked, int rank, int ranks)
      : run(asked), layout(layout_of(asked, rank, ranks)), input(Pattern::input(*asked.dtype, rank)) {}

  int root() const { return run.root.value_or(0); }
  bool is_root() const { return layout.rank == root(); }
  /// What belongs to rank `i`: its chunk, or its block of an all-to-all.
  Span part(int i) const {
    return run.collective == Collective::all_to_all ? layout.block(i, Buffer::data) : layout.chunk(i);
  }
  /// The first element of that.
  std::int64_t first(int i) const { return part(i).offset / layout.element; }

  CollectiveRun run;
  Layout layout;
  Pattern input;
};

template <class Bytes>
Bytes within(Bytes buffer, const Span& span) {
  return buffer.subspan(static_cast<std::size_t>(span.offset), static_cast<std::size_t>(span.length));
}

/// This rank's input and its first element.
std::pair<std::span<std::byte>, std::int64_t> own_input(const Question& q, const CollectiveMemory& memory) {
  const Span input = input_of(q.run, q.layout);
  return {within(memory.input_bytes(), input), input.offset / q.layout.element};
}

void reset(const Question& q, const CollectiveMemory& memory) {
  const auto [input, first] = own_input(q, memory);
  const bool input_covers_all = memory.in_place && input.size() == memory.data.bytes().size();
  if (!input_covers_all) std::ranges::fill(memory.data.bytes(), std::byte{0xff});
  q.input.fill(input, first);
}

std::int64_t count_wrong_result(const Question& q, std::span<const std::byte> data) {
  const DataType dtype = *q.run.dtype;
  const int rank = q.layout.rank, ranks = q.layout.ranks;
  const auto wrong_parts = [&](auto first_of) {
    std::int64_t wrong = 0;
    for (int i = 0; i < ranks; ++i)
      wrong += Pattern::input(dtype, i).count_different(within(data, q.part(i)), first_of(i));
    return wrong;
  };
  switch (q.run.collective) {
    case Collective::all_reduce: return Pattern::sum(dtype, ranks).count_different(data);
    case Collective::reduce_scatter:
      return Pattern::sum(dtype, ranks).count_different(within(data, q.part(rank)), q.first(rank));
    case Collective::all_gather: return wrong_parts([&](int i) { return q.first(i); });
    case Collective::all_to_all: return wrong_parts([&](int) { return q.first(rank); });
    case Collective::broadcast: return Pattern::input(dtype, q.root()).count_different(data);
    case Collective::send_recv: break;
  }
  throw std::logic_error("count_wrong_result: not a collective");
}

/// Elements of the input that the collective wrote, which it may not out of place.
std::int64_t count_spoiled(const Question& q, const CollectiveMemory& memory) {
  if (memory.in_place) return 0;
  const std::span<const std::byte> given = memory.input.bytes();
  const int rank = q.layout.rank;
  if (q.run.collective == Collective::all_gather)
    return q.input.count_different(within(given, q.part(rank)), q.first(rank));
  if (q.run.collective == Collective::broadcast && !q.is_root()) return 0;
  return q.input.count_different(given);
}

/// `read`: what others read of what goes in. `refresh` keeps the memory alive that it writes.
Subject subject_of(const Question& q, const std::shared_ptr<CollectiveMemory>& memory, const std::vector<Span>& read,
                   Bytes cache, std::function<void()> body) {
  return {.reset = [=] { reset(q, *memory); },
          .refresh = [memory, write = refresh_of(read, memory->input_bytes(), cache)] { write(); },
          .run = std::move(body),
          .count_wrong = [=]() -> std::optional<std::int64_t> {
            return count_wrong_result(q, memory->data.bytes()) + count_spoiled(q, *memory);
          }};
}

Subject scheduled(const Experiment& experiment, const CollectiveRun& run, const Communicators& comms) {
  const mpi::Communicator& comm = comms.world;
  const Question q(run, comm.rank(), comm.size());
  const std::vector<Span> read = read_in_iteration(experiment, comm.rank(), input_of(run, q.layout));
  const auto memory = std::make_shared<CollectiveMemory>(run, Schedule(experiment, comm.rank()).scratch_bytes());
  const auto executor = std::make_shared<Executor>(experiment, comm);
  Subject subject = subject_of(q, memory, read, comms.cache, [=] { executor->run(memory->buffers()); });
  subject.run_recorded = [=] { return executor->run_recorded(memory->buffers()); };
  return subject;
}

/// The arguments of a library call.
struct Call {
  MPI_Comm comm;
  MPI_Datatype type;
  std::byte *input, *data;
  int count = 0, rank = 0, root = 0;
  bool in_place = false;
  std::int64_t element = 4;
  std::vector<int> counts, offsets;
};

void call_reduce_scatter(const Call& c) {
  const auto own = static_cast<std::size_t>(c.offsets[static_cast<std::size_t>(c.rank)] * c.element);
  const void* from = c.in_place ? MPI_IN_PLACE : static_cast<const void*>(c.input);
  std::byte* to = c.in_place ? c.data : c.data + own;  // in place, MPI puts the sum at the front
  mpi::check(MPI_Reduce_scatter(from, to, c.counts.data(), c.type, MPI_SUM, c.comm), "MPI_Reduce_scatter");
  if (c.in_place)
    std::memmove(c.data + own, c.data,
                 static_cast<std::size_t>(c.counts[static_cast<std::size_t>(c.rank)] * c.element));
}

void call_all_gather(const Call& c) {
  const auto rank = static_cast<std::size_t>(c.rank);
  const void* from = c.in_place ? MPI_IN_PLACE : static_cast<const void*>(c.input + c.offsets[rank] * c.element);
  mpi::check(MPI_Allgatherv(from, c.counts[rank], c.type, c.data, c.counts.data(), c.offsets.data(), c.type, c.comm),
             "MPI_Allgatherv");
}

void call_broadcast(const Call& c) {
  if (!c.in_place && c.rank == c.root) std::memcpy(c.data, c.input, static_cast<std::size_t>(c.count * c.element));
  mpi::check(MPI_Bcast(c.data, c.count, c.type, c.root, c.comm), "MPI_Bcast");
}

void call_library(Collective collective, const Call& c) {
  switch (collective) {
    case Collective::all_reduce: {
      const void* from = c.in_place ? MPI_IN_PLACE : static_cast<const void*>(c.input);
      mpi::check(MPI_Allreduce(from, c.data, c.count, c.type, MPI_SUM, c.comm), "MPI_Allreduce");
      return;
    }
    case Collective::reduce_scatter: call_reduce_scatter(c); return;
    case Collective::all_gather: call_all_gather(c); return;
    case Collective::all_to_all:
      mpi::check(MPI_Alltoall(c.input, c.counts[0], c.type, c.data, c.counts[0], c.type, c.comm), "MPI_Alltoall");
      return;
    case Collective::broadcast: call_broadcast(c); return;
    case Collective::send_recv: break;
  }
  throw std::logic_error("call_library: not a collective");
}

Subject library(const CollectiveRun& run, const mpi::Communicator& comm, Bytes cache) {
  const std::int64_t element = element_bytes(*run.dtype).count, count = run.bytes.count / element;
  if (count > std::numeric_limits<int>::max())
    throw Error(fmt::format("{}: more elements than MPI counts", to_string(run.bytes)));
  const auto memory = std::make_shared<CollectiveMemory>(run, Bytes{0});
  Call call{.comm = comm.get(),
            .type = *run.dtype == DataType::float32 ? MPI_FLOAT : MPI_DOUBLE,
            .input = memory->input_bytes().data(),
            .data = memory->data.data(),
            .count = static_cast<int>(count),
            .rank = comm.rank(),
            .root = run.root.value_or(0),
            .in_place = *run.in_place,
            .element = element,
            .counts = {},
            .offsets = {}};
  const Question q(run, comm.rank(), comm.size());
  for (int i = 0; i < comm.size(); ++i) {
    call.counts.push_back(static_cast<int>(q.part(i).length / element));
    call.offsets.push_back(static_cast<int>(q.first(i)));
  }
  const std::vector<Span> read{input_of(run, q.layout)};  // nobody knows how it goes about it
  return subject_of(q, memory, read, cache, [=, collective = run.collective] { call_library(collective, call); });
}

}  // namespace

Subject collective_subject(const Experiment& experiment, const CollectiveRun& run, const Communicators& comms) {
  if (is_ours(run.algorithm)) return scheduled(experiment, run, comms);
  if (run.algorithm == Algorithm::library) return library(run, comms.world, comms.cache);
  if (run.collective != Collective::all_reduce)
    throw Error(fmt::format("{}: library_ring is an all_reduce only", experiment_key(experiment)));
  if (comms.library_ring == nullptr) throw Error("this MPI library does not let us choose its ring algorithm");
  return library(run, *comms.library_ring, comms.cache);
}

}  // namespace ringtrue
