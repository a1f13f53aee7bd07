// Halving and doubling. Of p ranks, the largest power of two, q, takes part; the p - q others are folded in: the first
// 2(p-q) ranks form pairs, whose odd rank hands its part to the even one and gets the result back at the end. The q
// that take part have numbers v = 0 .. q-1, in the order of their ranks, and the buffer is cut into q regions.
//
// Reduce-scatter by halving: in log2 q steps of distance d = q/2, ..., 1, v exchanges with v xor d: each keeps the half
// of what it is still responsible for that has its own region, sends the other half, and adds what comes. All-gather by
// doubling: d = 1, ..., q/2, each sends what it has, twice as much every time. An all-reduce is both. A broadcast
// scatters by halving from the root, then gathers by doubling. (Rabenseifner, ICCS 2004; Thakur, Rabenseifner & Gropp,
// IJHPCA 19(1), 2005.)
//
// The regions of a reduce-scatter or all-gather are the chunks of the rank, or of the pair.

#include <bit>

#include "experiment/schedule/part.hpp"

namespace ringtrue {
namespace {

class HalvingDoubling {
 public:
  HalvingDoubling(Collective collective, int root, const Layout& layout)
      : collective_(collective),
        root_(root),
        layout_(layout),
        q_(static_cast<int>(std::bit_floor(static_cast<unsigned>(layout.ranks)))),
        folded_(layout.ranks - q_),
        place_(static_cast<int>(wrap(layout.rank - root, layout.ranks))),
        steps_(static_cast<int>(std::bit_width(static_cast<unsigned>(q_))) - 1) {}

  /// Copy, fold in, halve, double, fold out, copy.
  int parts() const { return 4 + 2 * steps_; }

  Part part(int index) const {
    if (index == 0) return first_copy();
    if (index == 1) return round(fold_in());
    if (index < 2 + steps_) return round(idle() ? Round{} : halve(q_ >> (index - 1)));
    if (index < 2 + 2 * steps_) return round(idle() ? Round{} : twice(1 << (index - 2 - steps_)));
    if (index == 2 + 2 * steps_) return round(fold_out());
    return last_copy();
  }

 private:
  bool has(Collective collective) const { return collective_ == collective; }
  bool in_pair() const { return place_ < 2 * folded_; }
  bool idle() const { return in_pair() && place_ % 2 == 1; }
  int v() const { return in_pair() ? place_ / 2 : place_ - folded_; }
  int place_of(int v) const { return v < folded_ ? 2 * v : v + folded_; }
  int rank_at(int place) const { return static_cast<int>(wrap(place + root_, layout_.ranks)); }
  int partner() const { return rank_at(place_ ^ 1); }
  Span all(Buffer buffer) const { return {buffer, 0, layout_.bytes}; }

  std::int64_t region_offset(int v) const {
    if (has(Collective::all_reduce) || has(Collective::broadcast)) return layout_.piece_offset(v, q_);
    return layout_.chunk_offset(v == q_ ? layout_.ranks : place_of(v));
  }
  Span regions(int from, int to, Buffer buffer) const {
    return {buffer, region_offset(from), region_offset(to) - region_offset(from)};
  }

  Part first_copy() const {
    if (!has(Collective::all_gather) || layout_.in_place) return Copies{};
    return one_copy(layout_.chunk(layout_.rank, Buffer::input), layout_.chunk(layout_.rank));
  }
  Part last_copy() const { return copy_message(layout_, has(Collective::broadcast) && place_ == 0); }

  Round fold_in() const {
    Round r;
    if (!in_pair() || has(Collective::broadcast)) return r;
    const bool gathers = has(Collective::all_gather);
    if (idle()) {
      r.send_to = partner();
      r.sends[0] = gathers ? layout_.chunk(layout_.rank, layout_.own()) : all(layout_.own());
      return r;
    }
    r.receive_from = partner();
    r.receives[0] = gathers ? layout_.chunk(partner()) : all(Buffer::data);
    r.reduces = !gathers;
    r.first = layout_.own();
    return r;
  }

  Round halve(int d) const {
    Round r;
    if (has(Collective::all_gather)) return r;
    const int base = v() & ~(2 * d - 1), other = v() ^ d;
    const bool upper = (v() & d) != 0;
    const int mine = upper ? base + d : base, theirs = upper ? base : base + d;
    if (has(Collective::broadcast)) {
      if (v() == base) r = {.send_to = rank_at(place_of(other)), .sends = {regions(theirs, theirs + d, root_buffer())}};
      if (v() == base + d)
        r = {.receive_from = rank_at(place_of(other)), .receives = {regions(mine, mine + d, Buffer::data)}};
      return r;
    }
    const bool untouched = 2 * d == q_ && !in_pair();  // nothing is in data yet
    const Buffer own = untouched ? layout_.own() : Buffer::data;
    return {.send_to = rank_at(place_of(other)),
            .receive_from = rank_at(place_of(other)),
            .sends = {regions(theirs, theirs + d, own)},
            .receives = {regions(mine, mine + d, Buffer::data)},
            .reduces = true,
            .first = own};
  }

  /// In a broadcast, v has all of the 2^t regions from its own on, t zeros ending v: those it need not get again.
  Round twice(int d) const {
    if (has(Collective::reduce_scatter)) return {};
    const int base = v() & ~(d - 1), other = v() ^ d, other_base = base ^ d;
    Round r{.send_to = rank_at(place_of(other)), .receive_from = rank_at(place_of(other))};
    if (!has(Collective::broadcast) || other % (2 * d) != 0) r.sends[0] = regions(base, base + d, root_buffer());
    if (!has(Collective::broadcast) || v() % (2 * d) != 0)
      r.receives[0] = regions(other_base, other_base + d, Buffer::data);
    return r;
  }

  Round fold_out() const {
    if (!in_pair()) return {};
    const int odd = idle() ? layout_.rank : partner();
    std::array<Span, 2> moved{all(root_buffer()), {}};
    if (has(Collective::reduce_scatter)) moved = {layout_.chunk(odd), {}};
    if (has(Collective::all_gather)) moved = {layout_.chunks(0, odd), layout_.chunks(odd + 1, layout_.ranks)};
    if (!idle()) return {.send_to = partner(), .sends = moved};
    for (Span& span : moved) span.buffer = Buffer::data;
    return {.receive_from = partner(), .receives = moved};
  }

  /// Where the root of a broadcast has its message; everybody else, and every other collective, has it in data.
  Buffer root_buffer() const { return has(Collective::broadcast) && place_ == 0 ? layout_.own() : Buffer::data; }

  Part round(const Round& r) const { return sequence_of(r, layout_); }

  Collective collective_;
  int root_;
  Layout layout_;
  int q_, folded_, place_;
  int steps_;
};

}  // namespace

Program halving_doubling_program(const CollectiveRun& run, const Layout& layout) {
  if (run.collective == Collective::all_to_all) return bruck_program(layout);
  const int root = run.collective == Collective::broadcast ? run.root.value_or(0) : 0;
  const HalvingDoubling algorithm(run.collective, root, layout);
  return {.part = [=](int index) { return algorithm.part(index); },
          .parts = algorithm.parts(),
          .slots = window_slots(layout),
          .scratch_bytes = reduces_values(run.collective) ? layout.in_flight * layout.segment : 0};
}

}  // namespace ringtrue
