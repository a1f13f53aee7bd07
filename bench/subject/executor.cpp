#include "bench/subject/executor.hpp"

#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bench/clock.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

std::byte* at(const Buffers& buffers, const Span& span) {
  switch (span.buffer) {
    case Buffer::input: return buffers.input + span.offset;
    case Buffer::data: return buffers.data + span.offset;
    case Buffer::scratch: return buffers.scratch + span.offset;
  }
  throw std::logic_error("at: not a buffer");
}

}  // namespace

void copy_bytes(std::byte* to, const std::byte* from, std::int64_t bytes) {
  std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

Executor::Executor(const Experiment& experiment, const mpi::Communicator& comm, LocalWork work)
    : comm_(comm.get()), work_(std::move(work)) {
  if (const CollectiveRun* run = as_collective(experiment)) dtype_ = run->dtype.value_or(DataType::float32);
  Schedule schedule(experiment, comm.rank());
  requests_.assign(static_cast<std::size_t>(schedule.slots()), MPI_REQUEST_NULL);
  while (const std::optional<Operation> operation = schedule.next()) {
    const bool message = operation->kind == OperationKind::isend || operation->kind == OperationKind::irecv;
    if (message && operation->span.length > std::numeric_limits<int>::max())
      throw Error(fmt::format("{}: one message of {} is more than MPI counts; use segments of at most 1 GiB",
                              experiment_key(experiment), to_string(Bytes{operation->span.length})));
    operations_.push_back(*operation);
  }
}

void Executor::execute(const Operation& operation, const Buffers& buffers) {
  MPI_Request* const request = requests_.data() + operation.slot;  // nothing, if there are only copies
  const Span& span = operation.span;
  switch (operation.kind) {
    case OperationKind::isend:
      mpi::check(MPI_Isend(at(buffers, span), static_cast<int>(span.length), MPI_BYTE, operation.peer, operation.tag,
                           comm_, request),
                 "MPI_Isend");
      return;
    case OperationKind::irecv:
      mpi::check(MPI_Irecv(at(buffers, span), static_cast<int>(span.length), MPI_BYTE, operation.peer, operation.tag,
                           comm_, request),
                 "MPI_Irecv");
      return;
    case OperationKind::wait: mpi::check(MPI_Wait(request, MPI_STATUS_IGNORE), "MPI_Wait"); return;
    case OperationKind::reduce:
      work_.reduce(at(buffers, span), at(buffers, operation.first), at(buffers, operation.second), span.length, dtype_);
      return;
    case OperationKind::copy: work_.copy(at(buffers, span), at(buffers, operation.first), span.length); return;
  }
  throw std::logic_error("execute: not an operation");
}

void Executor::run(const Buffers& buffers) {
  for (; next_ < operations_.size(); ++next_) execute(operations_[next_], buffers);
  next_ = 0;
}

bool Executor::would_wait(const Operation& operation) {
  if (operation.kind != OperationKind::wait) return false;
  int done = 0;
  mpi::check(MPI_Test(requests_.data() + operation.slot, &done, MPI_STATUS_IGNORE), "MPI_Test");
  return done == 0;
}

bool Executor::advance(const Buffers& buffers) {
  for (; next_ < operations_.size(); ++next_) {
    if (would_wait(operations_[next_])) return false;
    execute(operations_[next_], buffers);
  }
  next_ = 0;
  return true;
}

std::span<const Seconds> Executor::run_recorded(const Buffers& buffers) {
  times_.resize(operations_.size() + 1);
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    times_[i] = now();
    execute(operations_[i], buffers);
  }
  times_.back() = now();
  return times_;
}

}  // namespace ringtrue
