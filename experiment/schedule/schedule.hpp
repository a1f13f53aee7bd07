#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "experiment/experiment.hpp"
#include "experiment/schedule/operation.hpp"

namespace ringtrue {

/// Lazily generates the operations of one rank for what moves messages: collectives, exchange, ping-pong. The same text
/// is executed over MPI by bench/ and replayed by sim/.
///
/// Buffers have S bytes, input and data alike, and a rank's chunk lies at its place in them: of a reduce-scatter, data
/// holds the rank's sum there at the end (in place, the rest of data is spoiled); an all-gather takes it from there.
/// One rank alone has nothing to send: out of place, input is copied to data.
class Schedule {
 public:
  /// Requires a workload that moves messages, 0 <= rank < ranks. Throws Error if the experiment cannot be scheduled
  /// (check_schedulable).
  Schedule(const Experiment& experiment, int rank);
  ~Schedule();
  Schedule(Schedule&&) noexcept;
  Schedule& operator=(Schedule&&) noexcept;

  /// The next operation, nothing at the end.
  std::optional<Operation> next();
  /// The same without copies, for who replays millions: false at the end.
  bool next(Operation& operation);

  int slots() const;            ///< Operation::slot lies below this.
  Bytes scratch_bytes() const;  ///< Bytes of Buffer::scratch needed.
  Bytes data_bytes() const;     ///< Bytes of Buffer::data needed.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Throws Error, naming the experiment, if it has no schedule: a library's algorithm, a collective the algorithm does
/// not have, a stride that leaves the ranks, bytes that are no whole elements, an all-to-all in place or with less than
/// one element a block, a root beyond the ranks.
void check_schedulable(const Experiment& experiment);

/// Of a rank in an Exchange, whose ranks pair up as (r, r + stride); -1 for one that is left over.
int partner_of(int rank, int stride, int ranks);

}  // namespace ringtrue
