// All-to-all by distance doubling, for any number of ranks p. A rank puts its blocks in the order of their distance:
// block j is for rank r + j. In round k, of distance 2^k, it sends on the blocks whose distance has bit k, packed into
// one message, and receives as many; after the last round every block has travelled its whole distance, and block j at
// rank r came from rank r - j. (Bruck et al., IEEE TPDS 8(11), 1997.)
//
// Scratch: p blocks in that order, then what is packed to be sent, then what was received.

#include <bit>

#include "experiment/schedule/part.hpp"

namespace ringtrue {
namespace {

/// The n-th number from 1 on that has bit k.
std::int64_t nth_with_bit(std::int64_t n, int k) {
  const std::int64_t low = std::int64_t{1} << k;
  return (n / low) * 2 * low + low + n % low;
}

/// How many numbers below p have bit k.
std::int64_t count_with_bit(std::int64_t p, int k) {
  const std::int64_t low = std::int64_t{1} << k, cycles = p / (2 * low), rest = p % (2 * low);
  return cycles * low + std::max<std::int64_t>(0, rest - low);
}

class Bruck {
 public:
  explicit Bruck(const Layout& layout) : layout_(layout), block_(layout.block_bytes()), p_(layout.ranks) {}

  int rounds() const { return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(p_ - 1))); }
  /// Arrange; per round pack, exchange, unpack; deliver.
  int parts() const { return 2 + 3 * rounds(); }
  std::int64_t scratch_bytes() const { return (p_ + 2 * ((p_ + 1) / 2)) * block_; }

  Part part(int index) const {
    if (index == 0) return arrange();
    if (index == parts() - 1) return deliver();
    const int round = (index - 1) / 3;
    switch ((index - 1) % 3) {
      case 0: return pack(round, true);
      case 1: return exchange(round);
      default: return pack(round, false);
    }
  }

 private:
  Span ordered(std::int64_t j) const { return {Buffer::scratch, j * block_, block_}; }
  Span packed(std::int64_t i, bool to_send) const {
    return {Buffer::scratch, (p_ + (to_send ? 0 : (p_ + 1) / 2) + i) * block_, block_};
  }

  Copies arrange() const {
    return {.at = [*this](std::int64_t i) -> Copies::Copy {
              const std::int64_t before_end = p_ - layout_.rank;
              const std::int64_t from = i == 0 ? layout_.rank : 0, to = i == 0 ? 0 : before_end;
              const std::int64_t length = (i == 0 ? before_end : layout_.rank) * block_;
              return {{Buffer::input, from * block_, length}, {Buffer::scratch, to * block_, length}};
            },
            .count = 2};
  }
  Copies pack(int round, bool to_send) const {
    return {.at = [*this, round, to_send](std::int64_t i) -> Copies::Copy {
              const Span block = ordered(nth_with_bit(i, round)), place = packed(i, to_send);
              return to_send ? Copies::Copy{block, place} : Copies::Copy{place, block};
            },
            .count = count_with_bit(p_, round)};
  }
  Part exchange(int k) const {
    const std::int64_t distance = std::int64_t{1} << k, length = count_with_bit(p_, k) * block_;
    Span from = packed(0, true), to = packed(0, false);
    from.length = to.length = length;
    return sequence_of({.send_to = static_cast<int>(wrap(layout_.rank + distance, p_)),
                        .receive_from = static_cast<int>(wrap(layout_.rank - distance, p_)),
                        .sends = {from},
                        .receives = {to}},
                       layout_);
  }
  Copies deliver() const {
    return {.at = [*this](std::int64_t j) -> Copies::Copy {
              return {ordered(j), layout_.block(wrap(layout_.rank - j, p_), Buffer::data)};
            },
            .count = p_};
  }

  Layout layout_;
  std::int64_t block_, p_;
};

}  // namespace

Program bruck_program(const Layout& layout) {
  const Bruck bruck(layout);
  return {.part = [=](int index) { return bruck.part(index); },
          .parts = bruck.parts(),
          .slots = window_slots(layout),
          .scratch_bytes = bruck.scratch_bytes()};
}

}  // namespace ringtrue
