#pragma once

#include <span>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "bench/subject/memory.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {

/// The memory a schedule's operations work on. `input` may be `data` (in place).
struct Buffers {
  std::byte* input = nullptr;
  std::byte* data = nullptr;
  std::byte* scratch = nullptr;
};

/// Executes one rank's schedule over MPI point-to-point, as often as asked. The operations are generated once, before
/// anything is timed; sends and receives are non-blocking and end where the schedule waits for them.
class Executor {
 public:
  Executor(const Experiment& experiment, const mpi::Communicator& comm);
  void run(const Buffers& buffers);
  /// The same, reading the clock before every operation and after the last: one time more than operations, valid until
  /// the next call.
  std::span<const Seconds> run_recorded(const Buffers& buffers);

 private:
  void execute(const Operation& operation, const Buffers& buffers);

  MPI_Comm comm_;
  DataType dtype_ = DataType::float32;
  std::vector<Operation> operations_;
  std::vector<MPI_Request> requests_;
  std::vector<Seconds> times_;  ///< Of run_recorded; empty before.
};

}  // namespace ringtrue
