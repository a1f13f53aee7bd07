#pragma once

#include <cstdint>

namespace ringtrue {

/// Where a range of bytes lies: `input` is what the caller gives and nobody writes, `data` the result (the same memory
/// when in place), `scratch` the schedule's own space.
enum class Buffer : std::uint8_t { input, data, scratch };

struct Span {
  Buffer buffer = Buffer::data;
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

enum class OperationKind : std::uint8_t { isend, irecv, wait, reduce, copy };

/// One step of one rank. `isend` and `irecv` start a transfer of `span` with `peer` and put it in `slot`; messages of
/// one pair and `tag` arrive in the order sent. `wait` ends the transfer in `slot` (nothing was started there if its
/// range was empty). `reduce` writes first + second to `span`, all three of the same length; `copy` writes first.
struct Operation {
  OperationKind kind = OperationKind::wait;
  int peer = -1;
  int slot = 0;
  Span span{};
  Span first{}, second{};
  std::uint8_t tag = 0;  ///< Below `tags`.

  bool reads(Buffer buffer) const { return first.buffer == buffer || second.buffer == buffer; }
};

inline constexpr int tags = 4;

}  // namespace ringtrue
