// Ring All-Reduce. Each rank's buffer is cut into p chunks. In p-1 steps every chunk travels once around the ring and
// collects its sum (reduce-scatter); in p-1 more steps the finished chunks travel once around (all-gather). Rank r
// always sends to r+1 and receives from r-1. In step s of the reduce-scatter it sends chunk r-s and receives chunk
// r-s-1; in step s of the all-gather it sends chunk r+1-s and receives chunk r-s. (Patarasuk & Yuan, J. Parallel
// Distrib. Comput. 69(2), 2009.)
//
// The transfers of a rank form one sequence j = step * segments + segment. Transfer j is sent once transfer j -
// segments, the same segment one step earlier, has arrived and is reduced; so sends run min(window, segments) ahead of
// receives. Before transfer j overwrites a chunk, the last send out of the same bytes must have ended: transfer j -
// (p-1) * segments.
//
// Out of place costs nothing extra: each chunk is reduced exactly once by each rank, so the reduction reads the rank's
// own contribution from `input` and writes to `data`, and the first step sends from `input`.
//
// Exchange is the same sequence with one partner and no reduction.

#include "experiment/schedule/schedule.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

std::int64_t wrap(std::int64_t i, std::int64_t n) { return (i % n + n) % n; }

/// Partner of a rank when ranks pair up as (r, r + stride); -1 for one that is left over.
int partner_of(int rank, int stride, int ranks) {
  const bool lower = (rank / stride) % 2 == 0;
  const int partner = lower ? rank + stride : rank - stride;
  return partner < ranks ? partner : -1;
}

void require_stride(int stride, const Experiment& experiment) {
  if (stride < experiment.ranks) return;
  throw Error(fmt::format("{}: the stride must be below the number of ranks, {}", experiment_key(experiment),
                          experiment.ranks));
}

}  // namespace

Bytes chunk_bytes(Bytes total, Bytes element, int ranks, int chunk) {
  const std::int64_t elements = total.count / element.count;
  return {((chunk + 1) * elements / ranks - chunk * elements / ranks) * element.count};
}

Schedule::Schedule(const Experiment& experiment, int rank) : rank_(rank), ranks_(experiment.ranks) {
  assert(rank >= 0 && rank < experiment.ranks);
  std::visit(Overloaded{[&](const CollectiveRun& w) { plan_ring(w, rank, ranks_); },
                        [&](const Exchange& w) {
                          require_stride(w.stride, experiment);
                          plan_exchange(w, rank, ranks_);
                        },
                        [&](const PingPong& w) {
                          require_stride(w.stride, experiment);
                          plan_ping_pong(w, rank, ranks_);
                        },
                        [](const ReduceLocal&) { throw std::logic_error("Schedule: ReduceLocal moves no message"); },
                        [](const CopyLocal&) { throw std::logic_error("Schedule: CopyLocal moves no message"); }},
             experiment.workload);
}

void Schedule::plan_ring(const CollectiveRun& run, int rank, int ranks) {
  if (run.algorithm != Algorithm::ring || !run.dtype || !run.in_place || !run.segmentation)
    throw Error(fmt::format("{}: only a ring with dtype, in_place and segmentation has a schedule of ours",
                            experiment_key({run, ranks})));
  if (run.bytes.count % element_bytes(*run.dtype).count != 0)
    throw Error(fmt::format("{}: {} is not a whole number of {} elements", experiment_key({run, ranks}),
                            to_string(run.bytes), to_string(*run.dtype)));
  pattern_ = ranks > 1 ? Pattern::ring : Pattern::idle;
  element_ = element_bytes(*run.dtype).count;
  data_bytes_ = run.bytes.count;
  out_of_place_ = !*run.in_place;
  const std::int64_t largest_chunk = std::max<std::int64_t>(1, (data_bytes_ / element_ + ranks - 1) / ranks) * element_;
  segment_ = std::clamp(run.segmentation->segment.count / element_ * element_, element_, largest_chunk);
  segments_ = (largest_chunk + segment_ - 1) / segment_;
  send_to_ = static_cast<int>(wrap(rank + 1, ranks));
  receive_from_ = static_cast<int>(wrap(rank - 1, ranks));
  transfers_ = 2 * segments_ * (ranks - 1);
  window_ = static_cast<int>(std::clamp<std::int64_t>(transfers_ / 2, 1, run.segmentation->in_flight));
  send_window_ = static_cast<int>(std::min<std::int64_t>(window_, segments_));
}

void Schedule::plan_exchange(const Exchange& exchange, int rank, int ranks) {
  send_to_ = receive_from_ = partner_of(rank, exchange.stride, ranks);
  pattern_ = send_to_ >= 0 ? Pattern::exchange : Pattern::idle;
  data_bytes_ = exchange.bytes.count;
  segment_ = exchange.segmentation.segment.count;
  const std::int64_t largest_chunk = (data_bytes_ + ranks - 1) / ranks;
  segments_ = std::max<std::int64_t>(1, (largest_chunk + segment_ - 1) / segment_);
  transfers_ = exchange.repetitions * segments_;
  window_ = static_cast<int>(std::clamp<std::int64_t>((ranks - 1) * segments_, 1, exchange.segmentation.in_flight));
  window_ = static_cast<int>(std::min<std::int64_t>(window_, transfers_));
  send_window_ = static_cast<int>(std::min<std::int64_t>(window_, segments_));
}

void Schedule::plan_ping_pong(const PingPong& ping_pong, int rank, int /*ranks*/) {
  if (rank != 0 && rank != ping_pong.stride) return;
  pattern_ = Pattern::ping_pong;
  send_to_ = receive_from_ = rank == 0 ? ping_pong.stride : 0;
  data_bytes_ = segment_ = ping_pong.bytes.count;
  transfers_ = ping_pong.repetitions;
}

Bytes Schedule::scratch_bytes() const { return {pattern_ == Pattern::ring ? window_ * segment_ : 0}; }

std::int64_t Schedule::chunk_offset(std::int64_t chunk) const {
  return chunk * (data_bytes_ / element_) / ranks_ * element_;
}

Schedule::Transfer Schedule::transfer(std::int64_t index, bool sending) const {
  const std::int64_t step = index / segments_;
  std::int64_t chunk = 0;
  if (pattern_ == Pattern::exchange) {
    chunk = wrap(step + (sending ? 0 : 1), ranks_);
  } else {
    const std::int64_t steps_per_phase = ranks_ - 1;
    const bool gathering = step >= steps_per_phase;
    const std::int64_t sent = gathering ? rank_ + 1 - (step - steps_per_phase) : rank_ - step;
    chunk = wrap(sent - (sending ? 0 : 1), ranks_);
  }
  const std::int64_t chunk_begin = chunk_offset(chunk);
  // Partners of an exchange move equal lengths whatever the chunk; rounding of chunk borders must not make them differ.
  const std::int64_t chunk_end =
      pattern_ == Pattern::exchange ? chunk_begin + data_bytes_ / ranks_ : chunk_offset(chunk + 1);
  const std::int64_t begin = std::min(chunk_end, chunk_begin + index % segments_ * segment_);
  const std::int64_t end = std::min(chunk_end, begin + segment_);
  return {.peer = sending ? send_to_ : receive_from_, .offset = begin, .length = end - begin};
}

std::optional<Operation> Schedule::post(std::int64_t index, bool sending) const {
  const Transfer t = transfer(index, sending);
  if (t.length == 0 && pattern_ == Pattern::ring) return std::nullopt;
  Operation op{.kind = sending ? OperationKind::isend : OperationKind::irecv,
               .peer = t.peer,
               .slot = 0,
               .span = {},
               .first = {},
               .second = {}};
  op.slot = static_cast<int>(index % window_) + (sending ? window_ : 0);
  op.span = {Buffer::data, t.offset, t.length};
  if (sending && out_of_place_ && index < segments_) op.span.buffer = Buffer::input;
  if (!sending && reduces(index)) op.span = {Buffer::scratch, index % window_ * segment_, t.length};
  return op;
}

std::optional<Operation> Schedule::reduce(std::int64_t index) const {
  const Transfer t = transfer(index, false);
  if (!reduces(index) || t.length == 0) return std::nullopt;
  return Operation{.kind = OperationKind::reduce,
                   .peer = -1,
                   .slot = 0,
                   .span = {Buffer::data, t.offset, t.length},
                   .first = {out_of_place_ ? Buffer::input : Buffer::data, t.offset, t.length},
                   .second = {Buffer::scratch, index % window_ * segment_, t.length}};
}

Operation Schedule::wait_for(std::int64_t index, bool sending) const {
  Operation op;
  op.slot = static_cast<int>(index % window_) + (sending ? window_ : 0);
  return op;
}

std::optional<Operation> Schedule::await_send_below(std::int64_t bound, Phase next_phase) {
  if (sends_waited_ < bound) return wait_for(sends_waited_++, true);
  phase_ = next_phase;
  return std::nullopt;
}

/// One phase of the loop over `index_`; nothing when the phase had nothing to do (the caller asks again).
std::optional<Operation> Schedule::step() {
  const std::int64_t to_send = index_ + send_window_;
  const std::int64_t to_receive = index_ + window_;
  switch (phase_) {
    case Phase::open_receives:
      if (opened_ < window_) return post(opened_++, false);
      opened_ = 0;
      phase_ = Phase::open_sends;
      return std::nullopt;
    case Phase::open_sends:
      if (opened_ < send_window_) return post(opened_++, true);
      phase_ = Phase::await_receive;
      return std::nullopt;
    case Phase::await_receive: phase_ = Phase::reduce; return wait_for(index_, false);
    case Phase::reduce: phase_ = to_send < transfers_ ? Phase::free_send : Phase::free_range; return reduce(index_);
    case Phase::free_send: return await_send_below(to_send - window_ + 1, Phase::send);
    case Phase::send: phase_ = Phase::free_range; return post(to_send, true);
    case Phase::free_range:
      if (to_receive >= transfers_) {
        phase_ = ++index_ < transfers_ ? Phase::await_receive : Phase::drain;
        return std::nullopt;
      }
      return await_send_below(to_receive - (ranks_ - 1) * segments_ + 1, Phase::receive);
    case Phase::receive:
      ++index_;
      phase_ = Phase::await_receive;
      return post(to_receive, false);
    case Phase::drain: return await_send_below(transfers_, Phase::done);
    case Phase::done: return std::nullopt;
  }
  throw std::logic_error("Schedule: not a phase");
}

std::optional<Operation> Schedule::next_ping_pong() {
  // Rank 0: send, wait, receive, wait; its partner the other way round. Four operations a round trip.
  if (index_ >= 4 * transfers_) return std::nullopt;
  const std::int64_t quarter = index_++ % 4;
  const bool sending = (quarter < 2) == (rank_ == 0);
  Operation op{
      .kind = OperationKind::wait, .peer = send_to_, .slot = sending ? 1 : 0, .span = {}, .first = {}, .second = {}};
  if (quarter % 2 == 1) return op;
  op.kind = sending ? OperationKind::isend : OperationKind::irecv;
  op.span = {Buffer::data, 0, data_bytes_};
  return op;
}

std::optional<Operation> Schedule::next() {
  if (pattern_ == Pattern::idle) return std::nullopt;
  if (pattern_ == Pattern::ping_pong) return next_ping_pong();
  while (phase_ != Phase::done)
    if (std::optional<Operation> op = step()) return op;
  return std::nullopt;
}

}  // namespace ringtrue
