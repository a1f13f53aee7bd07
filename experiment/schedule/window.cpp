// Transfer j + send_window is sent once transfer j has arrived and is reduced, so sends run that far ahead of receives;
// receive j + window is posted then too, as soon as the last send out of the bytes it overwrites has ended.

#include "experiment/schedule/window.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ringtrue {

Window::Window(Sequence sequence) : sequence_(std::move(sequence)) {
  if (sequence_.transfers == 0) phase_ = Phase::done;
}

int Window::slot(std::int64_t index, bool sending) const {
  return static_cast<int>(index % sequence_.window) + (sending ? sequence_.window : 0);
}

Span Window::place_in_scratch(std::int64_t index, std::int64_t length) const {
  return {Buffer::scratch, index % sequence_.window * sequence_.segment, length};
}

std::optional<Operation> Window::post(std::int64_t index, bool sending) const {
  const Transfer t = sequence_.at(index, sending);
  if (none(t)) return std::nullopt;
  return Operation{.kind = sending ? OperationKind::isend : OperationKind::irecv,
                   .peer = t.peer,
                   .slot = slot(index, sending),
                   .span = !sending && t.reduces ? place_in_scratch(index, t.span.length) : t.span};
}

std::optional<Operation> Window::reduce(std::int64_t index) const {
  const Transfer t = sequence_.at(index, false);
  if (!t.reduces || t.span.length == 0) return std::nullopt;
  return Operation{.kind = OperationKind::reduce,
                   .span = t.span,
                   .first = t.first,
                   .second = place_in_scratch(index, t.span.length)};
}

bool Window::none(const Transfer& transfer) const {
  return transfer.peer < 0 || (transfer.span.length == 0 && !sequence_.send_empty);
}

std::optional<Operation> Window::wait_for(std::int64_t index, bool sending) const {
  if (none(sequence_.at(index, sending))) return std::nullopt;
  return Operation{.slot = slot(index, sending)};
}

std::optional<Operation> Window::await_send_below(std::int64_t bound, Phase next_phase) {
  if (sends_waited_ < bound) return wait_for(sends_waited_++, true);
  phase_ = next_phase;
  return std::nullopt;
}

/// One phase of the loop over `index_`; nothing when the phase had nothing to do (the caller asks again).
std::optional<Operation> Window::step() {
  const std::int64_t transfers = sequence_.transfers;
  const std::int64_t to_send = index_ + sequence_.send_window;
  const std::int64_t to_receive = index_ + sequence_.window;
  switch (phase_) {
    case Phase::open_receives:
      if (opened_ < std::min<std::int64_t>(sequence_.window, transfers)) return post(opened_++, false);
      opened_ = 0;
      phase_ = Phase::open_sends;
      return std::nullopt;
    case Phase::open_sends:
      if (opened_ < std::min<std::int64_t>(sequence_.send_window, transfers)) return post(opened_++, true);
      phase_ = Phase::await_receive;
      return std::nullopt;
    case Phase::await_receive: phase_ = Phase::reduce; return wait_for(index_, false);
    case Phase::reduce: phase_ = to_send < transfers ? Phase::free_send : Phase::free_range; return reduce(index_);
    case Phase::free_send: return await_send_below(to_send - sequence_.window + 1, Phase::send);
    case Phase::send: phase_ = Phase::free_range; return post(to_send, true);
    case Phase::free_range:
      if (to_receive >= transfers) {
        phase_ = ++index_ < transfers ? Phase::await_receive : Phase::drain;
        return std::nullopt;
      }
      return await_send_below(sequence_.reuse_after == 0 ? 0 : to_receive - sequence_.reuse_after + 1, Phase::receive);
    case Phase::receive:
      ++index_;
      phase_ = Phase::await_receive;
      return post(to_receive, false);
    case Phase::drain: return await_send_below(transfers, Phase::done);
    case Phase::done: return std::nullopt;
  }
  throw std::logic_error("Window: not a phase");
}

std::optional<Operation> Window::next() {
  while (phase_ != Phase::done)
    if (std::optional<Operation> op = step()) return op;
  return std::nullopt;
}

}  // namespace ringtrue
