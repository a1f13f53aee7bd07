#pragma once

#include <functional>
#include <span>
#include <vector>

#include "bench/mpi/mpi.hpp"
#include "bench/subject/reduction.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {

/// The memory a schedule's operations work on. `input` may be `data` (in place).
struct Buffers {
  std::byte* input = nullptr;
  std::byte* data = nullptr;
  std::byte* scratch = nullptr;
};

void copy_bytes(std::byte* to, const std::byte* from, std::int64_t bytes);

/// What a rank does to its own memory; under a simulator of MPI programs it costs time and does nothing.
struct LocalWork {
  std::function<decltype(add)> reduce = add;
  std::function<decltype(copy_bytes)> copy = copy_bytes;
};

/// Executes one rank's schedule over MPI point-to-point, as often as asked. The operations are generated once, before
/// anything is timed; sends and receives are non-blocking and end where the schedule waits for them.
class Executor {
 public:
  Executor(const Experiment& experiment, const mpi::Communicator& comm, LocalWork work = {});
  void run(const Buffers& buffers);
  /// Goes on with the schedule until it would have to wait for another rank; true if it is complete. The next call, of
  /// whichever kind, begins the next time through it, or goes on where this one had to stop.
  bool advance(const Buffers& buffers);
  /// The same as run, reading the clock before every operation and after the last: one time more than operations, valid
  /// until the next call.
  std::span<const Seconds> run_recorded(const Buffers& buffers);

 private:
  void execute(const Operation& operation, const Buffers& buffers);
  bool would_wait(const Operation& operation);

  MPI_Comm comm_;
  LocalWork work_;
  DataType dtype_ = DataType::float32;
  std::vector<Operation> operations_;
  std::vector<MPI_Request> requests_;
  std::size_t next_ = 0;        ///< Operation that comes next.
  std::vector<Seconds> times_;  ///< Of run_recorded; empty before.
};

}  // namespace ringtrue
