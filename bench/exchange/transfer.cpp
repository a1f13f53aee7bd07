#include "bench/exchange/transfer.hpp"

#include <limits>
#include <variant>

#include <fmt/format.h>

#include "bench/subject/executor.hpp"
#include "bench/subject/memory.hpp"
#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {

// Not in a namespace without a name: Transfer::Work has them as members.

/// Our schedule, with the scratch it needs.
class ScheduledTransfer {
 public:
  ScheduledTransfer(const Experiment& experiment, std::byte* data, const mpi::Communicator& comm)
      : scratch_(Schedule(experiment, comm.rank()).scratch_bytes()),
        executor_(experiment, comm),
        buffers_{.input = data, .data = data, .scratch = scratch_.data()} {}
  void run() { executor_.run(buffers_); }
  bool advance() { return executor_.advance(buffers_); }
  void finish() { executor_.run(buffers_); }

 private:
  Memory scratch_;
  Executor executor_;
  Buffers buffers_;
};

class LibraryTransfer {
 public:
  LibraryTransfer(const Experiment& experiment, std::byte* data, const mpi::Communicator& comm)
      : comm_(comm.get()), data_(data) {
    const CollectiveRun* run = as_collective(experiment);
    if (run == nullptr || run->collective != Collective::all_reduce || run->dtype != DataType::float32)
      throw Error(
          fmt::format("{}: the library is asked for an all_reduce of float32 only", experiment_key(experiment)));
    const std::int64_t count = run->bytes.count / element_bytes(*run->dtype).count;
    if (count > std::numeric_limits<int>::max())
      throw Error(fmt::format("{}: more elements than MPI counts", experiment_key(experiment)));
    count_ = static_cast<int>(count);
  }
  void run() { mpi::check(MPI_Allreduce(MPI_IN_PLACE, data_, count_, MPI_FLOAT, MPI_SUM, comm_), "MPI_Allreduce"); }
  bool advance() {
    start();
    int done = 0;
    mpi::check(MPI_Test(&request_, &done, MPI_STATUS_IGNORE), "MPI_Test");
    return done != 0;
  }
  void finish() {
    start();
    mpi::check(MPI_Wait(&request_, MPI_STATUS_IGNORE), "MPI_Wait");
  }

 private:
  void start() {
    if (request_ == MPI_REQUEST_NULL)
      mpi::check(MPI_Iallreduce(MPI_IN_PLACE, data_, count_, MPI_FLOAT, MPI_SUM, comm_, &request_), "MPI_Iallreduce");
  }

  MPI_Comm comm_;
  std::byte* data_;
  int count_ = 0;
  MPI_Request request_ = MPI_REQUEST_NULL;
};

using AnyTransfer = std::variant<ScheduledTransfer, LibraryTransfer>;

namespace {

AnyTransfer make_transfer(const Experiment& experiment, std::byte* data, const mpi::Communicator& comm) {
  const CollectiveRun* run = as_collective(experiment);
  if (run != nullptr && is_ours(run->algorithm))
    return AnyTransfer(std::in_place_type<ScheduledTransfer>, experiment, data, comm);
  return AnyTransfer(std::in_place_type<LibraryTransfer>, experiment, data, comm);
}

}  // namespace

struct Transfer::Work {
  AnyTransfer any;
};

Transfer::Transfer(const Experiment& experiment, std::byte* data, const mpi::Communicator& comm)
    : work_(new Work{make_transfer(experiment, data, comm)}) {}
Transfer::Transfer(Transfer&&) noexcept = default;
Transfer& Transfer::operator=(Transfer&&) noexcept = default;
Transfer::~Transfer() = default;

void Transfer::run() {
  std::visit([](auto& transfer) { transfer.run(); }, work_->any);
}

void Transfer::finish() {
  std::visit([](auto& transfer) { transfer.finish(); }, work_->any);
}

bool Transfer::advance() {
  return std::visit([](auto& transfer) { return transfer.advance(); }, work_->any);
}

}  // namespace ringtrue
