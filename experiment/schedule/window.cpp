// Transfer j + send_window is sent once transfer j has arrived and is reduced, so sends run that far ahead of receives;
// receive j + window is posted then too, as soon as the last send out of the bytes it overwrites has ended.

#include "experiment/schedule/window.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ringtrue {

namespace {

// Field by field: spans as a whole are copied through 16 byte loads, which wait for the narrower stores before them; a
// replay of a ring took a tenth longer.
void set(Span& to, const Span& from) {
  to.buffer = from.buffer;
  to.offset = from.offset;
  to.length = from.length;
}

}  // namespace

Window::Window(Sequence sequence)
    : sequence_(std::move(sequence)),
      under_way_(static_cast<std::size_t>(2) * static_cast<std::size_t>(sequence_.window)) {
  if (sequence_.transfers == 0) phase_ = Phase::done;
}

int Window::slot(std::int64_t index, bool sending) const {
  return static_cast<int>(index % sequence_.window) + (sending ? sequence_.window : 0);
}

Span Window::place_in_scratch(std::int64_t index, std::int64_t length) const {
  return {Buffer::scratch, index % sequence_.window * sequence_.segment, length};
}

bool Window::post(std::int64_t index, bool sending, Operation& op) {
  const Transfer t = sequence_.at(index, sending);
  if (none(t)) return false;
  op = {};
  op.kind = sending ? OperationKind::isend : OperationKind::irecv;
  op.peer = t.peer;
  op.slot = slot(index, sending);
  set(op.span, !sending && t.reduces ? place_in_scratch(index, t.span.length) : t.span);
  under_way_[static_cast<std::size_t>(op.slot)] = true;
  return true;
}

bool Window::reduce(std::int64_t index, Operation& op) const {
  const Transfer t = sequence_.at(index, false);
  if (!t.reduces || t.span.length == 0) return false;
  op = {};
  op.kind = OperationKind::reduce;
  set(op.span, t.span);
  set(op.first, t.first);
  set(op.second, place_in_scratch(index, t.span.length));
  return true;
}

bool Window::none(const Transfer& transfer) const {
  return transfer.peer < 0 || (transfer.span.length == 0 && !sequence_.send_empty);
}

bool Window::wait_for(std::int64_t index, bool sending, Operation& op) {
  const int from = slot(index, sending);
  const bool posted = under_way_[static_cast<std::size_t>(from)];
  under_way_[static_cast<std::size_t>(from)] = false;
  if (posted) op = {.slot = from};
  return posted;
}

bool Window::await_send_below(std::int64_t bound, Phase next_phase, Operation& op) {
  if (sends_waited_ < bound) return wait_for(sends_waited_++, true, op);
  phase_ = next_phase;
  return false;
}

/// One phase of the loop over `index_`; false when the phase had nothing to do (the caller asks again).
bool Window::step(Operation& op) {
  const std::int64_t transfers = sequence_.transfers;
  const std::int64_t to_send = index_ + sequence_.send_window;
  const std::int64_t to_receive = index_ + sequence_.window;
  switch (phase_) {
    case Phase::open_receives:
      if (opened_ < std::min<std::int64_t>(sequence_.window, transfers)) return post(opened_++, false, op);
      opened_ = 0;
      phase_ = Phase::open_sends;
      return false;
    case Phase::open_sends:
      if (opened_ < std::min<std::int64_t>(sequence_.send_window, transfers)) return post(opened_++, true, op);
      phase_ = Phase::await_receive;
      return false;
    case Phase::await_receive: phase_ = Phase::reduce; return wait_for(index_, false, op);
    case Phase::reduce: phase_ = to_send < transfers ? Phase::free_send : Phase::free_range; return reduce(index_, op);
    case Phase::free_send: return await_send_below(to_send - sequence_.window + 1, Phase::send, op);
    case Phase::send: phase_ = Phase::free_range; return post(to_send, true, op);
    case Phase::free_range:
      if (to_receive >= transfers) {
        phase_ = ++index_ < transfers ? Phase::await_receive : Phase::drain;
        return false;
      }
      return await_send_below(sequence_.reuse_after == 0 ? 0 : to_receive - sequence_.reuse_after + 1, Phase::receive,
                              op);
    case Phase::receive:
      ++index_;
      phase_ = Phase::await_receive;
      return post(to_receive, false, op);
    case Phase::drain: return await_send_below(transfers, Phase::done, op);
    case Phase::done: return false;
  }
  throw std::logic_error("Window: not a phase");
}

bool Window::next(Operation& op) {
  while (phase_ != Phase::done)
    if (step(op)) return true;
  return false;
}

}  // namespace ringtrue
