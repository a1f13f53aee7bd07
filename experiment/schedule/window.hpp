#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "experiment/schedule/operation.hpp"

namespace ringtrue {

/// One transfer as one rank sees it: sent from `span`, or received into it. A received one that `reduces` goes through
/// scratch: span = first + what came.
struct Transfer {
  int peer = -1;
  Span span{};
  bool reduces = false;
  Span first{};
};

/// What a rank sends and receives, as two sequences of equal length: transfer j of both may be under way at once.
struct Sequence {
  /// Transfer `index` of what is sent or received; without a peer, or with an empty span, there is none.
  std::function<Transfer(std::int64_t index, bool sending)> at;
  std::int64_t transfers = 0;
  int window = 1;       ///< Receives posted ahead.
  int send_window = 1;  ///< Sends that may run ahead of the receives that are done.
  /// Received transfer j overwrites what transfer j - reuse_after was sent from; 0: none does.
  std::int64_t reuse_after = 0;
  std::int64_t segment = 1;  ///< The longest transfer that is reduced, for its place in scratch.
  bool send_empty = false;   ///< Transfers with a peer are messages, even if empty.
};

/// A window of `window` receives slides over the sequences: a transfer is sent on as soon as the one it depends on is
/// there, while the next are on their way.
class Window {
 public:
  explicit Window(Sequence sequence);
  /// Sets the next operation; false at the end.
  bool next(Operation& op);

 private:
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

  bool step(Operation& op);
  bool post(std::int64_t index, bool sending, Operation& op);
  bool reduce(std::int64_t index, Operation& op) const;
  bool await_send_below(std::int64_t bound, Phase next_phase, Operation& op);
  bool none(const Transfer& transfer) const;
  bool wait_for(std::int64_t index, bool sending, Operation& op);
  int slot(std::int64_t index, bool sending) const;
  Span place_in_scratch(std::int64_t index, std::int64_t length) const;

  Sequence sequence_;
  std::vector<bool> under_way_;  ///< By slot: posted and not waited for.
  Phase phase_ = Phase::open_receives;
  std::int64_t index_ = 0, opened_ = 0, sends_waited_ = 0;
};

}  // namespace ringtrue
