#pragma once

#include <cstdint>
#include <optional>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// Where a range of bytes lies: `input` is what the caller gives and nobody writes, `data` the result (the same memory
/// when in place), `scratch` the schedule's own space.
enum class Buffer : std::uint8_t { input, data, scratch };

struct Span {
  Buffer buffer = Buffer::data;
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

enum class OperationKind : std::uint8_t { isend, irecv, wait, reduce };

/// One step of one rank. `isend` and `irecv` start a transfer of `span` with `peer` and put it in `slot`; messages of
/// one pair arrive in the order sent. `wait` ends the transfer in `slot` (nothing was started there if its range was
/// empty). `reduce` writes first + second to `span`, all three of the same length.
struct Operation {
  OperationKind kind = OperationKind::wait;
  int peer = -1;
  int slot = 0;
  Span span;
  Span first, second;
};

/// Lazily generates the operations of one rank for what moves messages: ring All-Reduce, exchange, ping-pong. The same
/// text is executed over MPI by bench/ and replayed by sim/. One rank alone has no operations: out of place, whoever
/// executes it copies input to data.
///
/// A chunk travels in segments; all transfers of a rank stand in one sequence (step by step, segment by segment), and
/// the window of `in_flight` receives slides over it, so that a segment is forwarded as soon as it is reduced while the
/// next one is on its way, across the border between steps as well.
class Schedule {
 public:
  /// Requires a workload that moves messages, 0 <= rank < ranks. Throws Error if the experiment cannot be scheduled (a
  /// stride that leaves the ranks, a library's algorithm).
  Schedule(const Experiment& experiment, int rank);

  /// The next operation, nothing at the end.
  std::optional<Operation> next();

  int slots() const { return 2 * window_; }           ///< Operation::slot lies below this.
  Bytes scratch_bytes() const;                        ///< Bytes of Buffer::scratch needed.
  Bytes data_bytes() const { return {data_bytes_}; }  ///< Bytes of Buffer::data needed.

 private:
  enum class Pattern : std::uint8_t { ring, exchange, ping_pong, idle };
  enum class Phase : std::uint8_t {
    open_receives,
    open_sends,
    await_receive,
    reduce,
    free_send,
    send,
    free_range,
    receive,
    drain,
    done
  };

  /// One transfer of the sequence: which peer, which bytes.
  struct Transfer {
    int peer = -1;
    std::int64_t offset = 0;
    std::int64_t length = 0;
  };

  void plan_ring(const CollectiveRun& run, int rank, int ranks);
  void plan_exchange(const Exchange& exchange, int rank, int ranks);
  void plan_ping_pong(const PingPong& ping_pong, int rank, int ranks);
  Transfer transfer(std::int64_t index, bool sending) const;
  bool reduces(std::int64_t index) const { return pattern_ == Pattern::ring && index < transfers_ / 2; }
  std::int64_t chunk_offset(std::int64_t chunk) const;
  std::optional<Operation> step();
  std::optional<Operation> next_ping_pong();
  std::optional<Operation> post(std::int64_t index, bool sending) const;
  std::optional<Operation> reduce(std::int64_t index) const;
  std::optional<Operation> await_send_below(std::int64_t bound, Phase next_phase);
  Operation wait_for(std::int64_t index, bool sending) const;

  Pattern pattern_ = Pattern::idle;
  Phase phase_ = Phase::open_receives;
  int rank_ = 0, ranks_ = 1;
  int send_to_ = -1, receive_from_ = -1;
  std::int64_t element_ = 1;  ///< Bytes of one element: chunks end between elements.
  std::int64_t data_bytes_ = 0, segment_ = 1;
  std::int64_t segments_ = 1;   ///< Per chunk, the same for all chunks.
  std::int64_t transfers_ = 0;  ///< Length of the sequence.
  int window_ = 1, send_window_ = 1;
  bool out_of_place_ = false;
  std::int64_t index_ = 0, opened_ = 0, sends_waited_ = 0;
};

/// Bytes of `chunk` of a buffer of `total` cut into `ranks` chunks at element borders.
Bytes chunk_bytes(Bytes total, Bytes element, int ranks, int chunk);

}  // namespace ringtrue
