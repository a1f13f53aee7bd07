#include "bench/exchange/transfer.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include <fmt/format.h>

#include "bench/subject/executor.hpp"
#include "bench/subject/memory.hpp"
#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {
namespace {

bool has_schedule(const Experiment& experiment) {
  const CollectiveRun* run = as_collective(experiment);
  return run != nullptr && is_ours(run->algorithm);
}

std::shared_ptr<Memory> scratch_for(std::span<const Placed> placed, int rank) {
  Bytes most{0};
  for (const Placed& one : placed)
    if (has_schedule(one.collective)) most = std::max(most, Schedule(one.collective, rank).scratch_bytes());
  return std::make_shared<Memory>(most);
}

Transfer scheduled(const Placed& placed, const std::shared_ptr<Memory>& scratch, const mpi::Communicator& comm) {
  const auto executor = std::make_shared<Executor>(placed.collective, comm);
  const auto buffers = [data = placed.data, scratch] {
    return Buffers{.input = data, .data = data, .scratch = scratch->data()};
  };
  const auto run = [=] { executor->run(buffers()); };
  return {.run = run, .advance = [=] { return executor->advance(buffers()); }, .finish = run};
}

/// MPI_Allreduce, or MPI_Iallreduce where it is advanced.
Transfer library(const Placed& placed, const mpi::Communicator& comm) {
  const Experiment& experiment = placed.collective;
  const CollectiveRun* asked = as_collective(experiment);
  if (asked == nullptr || asked->collective != Collective::all_reduce || asked->dtype != DataType::float32)
    throw Error(fmt::format("{}: the library is asked for an all_reduce of float32 only", experiment_key(experiment)));
  const std::int64_t elements = asked->bytes.count / element_bytes(DataType::float32).count;
  if (elements > std::numeric_limits<int>::max())
    throw Error(fmt::format("{}: more elements than MPI counts", experiment_key(experiment)));
  const int count = static_cast<int>(elements);
  MPI_Comm world = comm.get();
  std::byte* data = placed.data;
  const auto run = [=] {
    mpi::check(MPI_Allreduce(MPI_IN_PLACE, data, count, MPI_FLOAT, MPI_SUM, world), "MPI_Allreduce");
  };
  const auto request = std::make_shared<MPI_Request>(MPI_REQUEST_NULL);
  const auto begin = [=] {
    if (*request == MPI_REQUEST_NULL)
      mpi::check(MPI_Iallreduce(MPI_IN_PLACE, data, count, MPI_FLOAT, MPI_SUM, world, request.get()), "MPI_Iallreduce");
  };
  const auto advance = [=] {
    begin();
    int done = 0;
    mpi::check(MPI_Test(request.get(), &done, MPI_STATUS_IGNORE), "MPI_Test");
    return done != 0;
  };
  const auto finish = [=] {
    begin();
    mpi::check(MPI_Wait(request.get(), MPI_STATUS_IGNORE), "MPI_Wait");
  };
  return {.run = run, .advance = advance, .finish = finish};
}

}  // namespace

std::vector<Transfer> make_transfers(std::span<const Placed> placed, const mpi::Communicator& comm) {
  const std::shared_ptr<Memory> scratch = scratch_for(placed, comm.rank());
  std::vector<Transfer> transfers;
  for (const Placed& one : placed)
    transfers.push_back(has_schedule(one.collective) ? scheduled(one, scratch, comm) : library(one, comm));
  return transfers;
}

}  // namespace ringtrue
