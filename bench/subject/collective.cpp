// What goes in and what has to come out. Every rank's buffers have S bytes, and a chunk lies at its place in them, as
// Schedule says; the library's collectives are called so that they read and write the same places.

#include "bench/subject/collective.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "bench/subject/executor.hpp"
#include "bench/subject/memory.hpp"
#include "bench/subject/verify.hpp"
#include "experiment/error.hpp"

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

/// Where the chunks of a collective lie, in elements.
class Chunks {
 public:
  Chunks(const CollectiveRun& run, int ranks)
      : elements_(run.bytes.count / element_bytes(*run.dtype).count),
        element_(element_bytes(*run.dtype).count),
        ranks_(ranks),
        blocks_(run.collective == Collective::all_to_all) {}

  std::int64_t begin(int chunk) const { return blocks_ ? chunk * (elements_ / ranks_) : chunk * elements_ / ranks_; }
  template <class Bytes>
  Bytes part(Bytes buffer, int chunk) const {
    return buffer.subspan(static_cast<std::size_t>(begin(chunk) * element_),
                          static_cast<std::size_t>((begin(chunk + 1) - begin(chunk)) * element_));
  }
  std::vector<int> counts() const {
    std::vector<int> counts;
    for (int i = 0; i < ranks_; ++i) counts.push_back(static_cast<int>(begin(i + 1) - begin(i)));
    return counts;
  }
  std::vector<int> offsets() const {
    std::vector<int> offsets;
    for (int i = 0; i < ranks_; ++i) offsets.push_back(static_cast<int>(begin(i)));
    return offsets;
  }

 private:
  std::int64_t elements_, element_;
  int ranks_;
  bool blocks_;
};

/// Writes the input afresh. What is no input holds no right answer from the run before.
void refresh(const CollectiveRun& run, const CollectiveMemory& memory, int rank, int ranks) {
  const Pattern input = Pattern::input(*run.dtype, rank);
  const Chunks chunks(run, ranks);
  const bool whole = run.collective != Collective::all_gather && run.collective != Collective::broadcast;
  if (whole) return input.fill(memory.input_bytes());
  std::ranges::fill(memory.data.bytes(), std::byte{0xff});
  if (run.collective == Collective::all_gather) input.fill(chunks.part(memory.input_bytes(), rank), chunks.begin(rank));
  if (run.collective == Collective::broadcast && rank == run.root.value_or(0)) input.fill(memory.input_bytes());
}

std::int64_t count_wrong_result(const CollectiveRun& run, std::span<const std::byte> data, int rank, int ranks) {
  const DataType dtype = *run.dtype;
  const Chunks chunks(run, ranks);
  std::int64_t wrong = 0;
  switch (run.collective) {
    case Collective::all_reduce: return Pattern::sum(dtype, ranks).count_different(data);
    case Collective::reduce_scatter:
      return Pattern::sum(dtype, ranks).count_different(chunks.part(data, rank), chunks.begin(rank));
    case Collective::all_gather:
      for (int i = 0; i < ranks; ++i)
        wrong += Pattern::input(dtype, i).count_different(chunks.part(data, i), chunks.begin(i));
      return wrong;
    case Collective::all_to_all:
      for (int i = 0; i < ranks; ++i)
        wrong += Pattern::input(dtype, i).count_different(chunks.part(data, i), chunks.begin(rank));
      return wrong;
    case Collective::broadcast: return Pattern::input(dtype, run.root.value_or(0)).count_different(data);
  }
  throw std::logic_error("count_wrong_result: not a collective");
}

/// Elements of the input that the collective wrote, which it may not out of place.
std::int64_t count_spoiled(const CollectiveRun& run, const CollectiveMemory& memory, int rank, int ranks) {
  if (memory.in_place) return 0;
  const Pattern input = Pattern::input(*run.dtype, rank);
  const Chunks chunks(run, ranks);
  const std::span<const std::byte> given = memory.input.bytes();
  if (run.collective == Collective::all_gather)
    return input.count_different(chunks.part(given, rank), chunks.begin(rank));
  if (run.collective == Collective::broadcast && rank != run.root.value_or(0)) return 0;
  return input.count_different(given);
}

Subject subject_of(const CollectiveRun& run, const std::shared_ptr<CollectiveMemory>& memory,
                   const mpi::Communicator& comm, std::function<void()> body) {
  const int rank = comm.rank(), ranks = comm.size();
  return {.refresh = [=] { refresh(run, *memory, rank, ranks); },
          .run = std::move(body),
          .count_wrong = [=]() -> std::optional<std::int64_t> {
            return count_wrong_result(run, memory->data.bytes(), rank, ranks) +
                   count_spoiled(run, *memory, rank, ranks);
          }};
}

Subject scheduled(const Experiment& experiment, const CollectiveRun& run, const mpi::Communicator& comm) {
  const auto memory = std::make_shared<CollectiveMemory>(run, Schedule(experiment, comm.rank()).scratch_bytes());
  const auto executor = std::make_shared<Executor>(experiment, comm);
  return subject_of(run, memory, comm, [=] { executor->run(memory->buffers()); });
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
  }
  throw std::logic_error("call_library: not a collective");
}

Subject library(const CollectiveRun& run, const mpi::Communicator& comm) {
  const std::int64_t element = element_bytes(*run.dtype).count, count = run.bytes.count / element;
  if (count > std::numeric_limits<int>::max())
    throw Error(fmt::format("{}: more elements than MPI counts", to_string(run.bytes)));
  const auto memory = std::make_shared<CollectiveMemory>(run, Bytes{0});
  const Chunks chunks(run, comm.size());
  const Call call{.comm = comm.get(),
                  .type = *run.dtype == DataType::float32 ? MPI_FLOAT : MPI_DOUBLE,
                  .input = memory->input_bytes().data(),
                  .data = memory->data.data(),
                  .count = static_cast<int>(count),
                  .rank = comm.rank(),
                  .root = run.root.value_or(0),
                  .in_place = *run.in_place,
                  .element = element,
                  .counts = chunks.counts(),
                  .offsets = chunks.offsets()};
  return subject_of(run, memory, comm, [=, collective = run.collective] { call_library(collective, call); });
}

}  // namespace

Subject collective_subject(const Experiment& experiment, const CollectiveRun& run, const Communicators& comms) {
  if (is_ours(run.algorithm)) return scheduled(experiment, run, comms.world);
  if (run.algorithm == Algorithm::library) return library(run, comms.world);
  if (run.collective != Collective::all_reduce)
    throw Error(fmt::format("{}: library_ring is an all_reduce only", experiment_key(experiment)));
  if (comms.library_ring == nullptr) throw Error("this MPI library does not let us choose its ring algorithm");
  return library(run, *comms.library_ring);
}

}  // namespace ringtrue
