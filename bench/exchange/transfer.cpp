#include "bench/exchange/transfer.hpp"

#include <limits>
#include <memory>

#include <fmt/format.h>

#include "bench/subject/executor.hpp"
#include "bench/subject/memory.hpp"
#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {
namespace {

/// Our schedule, with the scratch it needs.
Transfer scheduled(const Experiment& experiment, std::byte* data, const mpi::Communicator& comm) {
  const auto scratch = std::make_shared<Memory>(Schedule(experiment, comm.rank()).scratch_bytes());
  const auto executor = std::make_shared<Executor>(experiment, comm);
  const auto run = [=] { executor->run({.input = data, .data = data, .scratch = scratch->data()}); };
  return {.run = run,
          .advance = [=] { return executor->advance({.input = data, .data = data, .scratch = scratch->data()}); },
          .finish = run};
}

/// MPI_Allreduce, or MPI_Iallreduce where it is advanced.
Transfer library(const Experiment& experiment, std::byte* data, const mpi::Communicator& comm) {
  const CollectiveRun* asked = as_collective(experiment);
  if (asked == nullptr || asked->collective != Collective::all_reduce || asked->dtype != DataType::float32)
    throw Error(fmt::format("{}: the library is asked for an all_reduce of float32 only", experiment_key(experiment)));
  const std::int64_t elements = asked->bytes.count / element_bytes(DataType::float32).count;
  if (elements > std::numeric_limits<int>::max())
    throw Error(fmt::format("{}: more elements than MPI counts", experiment_key(experiment)));
  const int count = static_cast<int>(elements);
  MPI_Comm world = comm.get();
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

Transfer make_transfer(const Experiment& experiment, std::byte* data, const mpi::Communicator& comm) {
  const CollectiveRun* run = as_collective(experiment);
  return run != nullptr && is_ours(run->algorithm) ? scheduled(experiment, data, comm)
                                                   : library(experiment, data, comm);
}

}  // namespace ringtrue
