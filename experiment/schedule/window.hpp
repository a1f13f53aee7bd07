#pragma once

#include <cstdint>
#include <functional>
#include <optional>

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
  std::optional<Operation> next();

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

  std::optional<Operation> step();
  std::optional<Operation> post(std::int64_t index, bool sending) const;
  std::optional<Operation> reduce(std::int64_t index) const;
  std::optional<Operation> await_send_below(std::int64_t bound, Phase next_phase);
  bool none(const Transfer& transfer) const;
  std::optional<Operation> wait_for(std::int64_t index, bool sending) const;
  int slot(std::int64_t index, bool sending) const;
  Span place_in_scratch(std::int64_t index, std::int64_t length) const;

  Sequence sequence_;
  Phase phase_ = Phase::open_receives;
  std::int64_t index_ = 0, opened_ = 0, sends_waited_ = 0;
};

}  // namespace ringtrue
