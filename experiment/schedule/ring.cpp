// Ring All-Reduce. Each rank's buffer is cut into p chunks. In p-1 steps every chunk travels once around the ring and
// collects its sum (reduce-scatter); in p-1 more steps the finished chunks travel once around (all-gather). Rank r
// always sends to r+1 and receives from r-1. In step s of the reduce-scatter it sends chunk r-s and receives chunk
// r-s-1; in step s of the all-gather it sends chunk r+1-s and receives chunk r-s. (Patarasuk & Yuan, J. Parallel
// Distrib. Comput. 69(2), 2009.) Alone, a reduce-scatter begins one chunk earlier, so that rank r ends with chunk r,
// and an all-gather begins with chunk r.
//
// The transfers of a rank form one sequence j = step * segments + segment. Transfer j is sent once transfer j -
// segments, the same segment one step earlier, has arrived and is reduced; so sends run min(window, segments) ahead of
// receives. Before transfer j overwrites a chunk, the last send out of the same bytes must have ended: transfer j -
// (p-1) * segments.
//
// Out of place costs nothing extra: each chunk is reduced exactly once by each rank, so the reduction reads the rank's
// own contribution from `input` and writes to `data`, and the first step sends from `input`.
//
// All-to-all on a ring: what a rank has for the others goes to its neighbour, which keeps its block and passes the rest
// on: p-s blocks in step s, p(p-1)/2 in all. Broadcast: a chain, segment after segment.

#include "experiment/schedule/part.hpp"

namespace ringtrue {
namespace {

/// The ring's steps: `reducing` of them collect, the others only pass on. `shift`: the chunk sent first, from one's
/// own.
struct RingSteps {
  std::int64_t reducing = 0, gathering = 0;
  std::int64_t reduce_shift = 0, gather_shift = 0;
};

RingSteps steps_of(Collective collective, std::int64_t ranks) {
  switch (collective) {
    case Collective::reduce_scatter: return {.reducing = ranks - 1, .reduce_shift = -1};
    case Collective::all_gather: return {.gathering = ranks - 1};
    case Collective::all_reduce: return {.reducing = ranks - 1, .gathering = ranks - 1, .gather_shift = 1};
    case Collective::all_to_all:
    case Collective::broadcast:
    case Collective::send_recv: break;
  }
  throw std::logic_error("steps_of: not on a ring of chunks");
}

Sequence ring_sequence(Collective collective, const Layout& layout) {
  const RingSteps steps = steps_of(collective, layout.ranks);
  const std::int64_t segments = layout.segments(layout.largest_chunk());
  const std::int64_t transfers = (steps.reducing + steps.gathering) * segments;
  const std::int64_t window = std::clamp<std::int64_t>((layout.ranks - 1) * segments, 1, layout.in_flight);
  const auto at = [=](std::int64_t index, bool sending) -> Transfer {
    const std::int64_t step = index / segments;
    const bool reducing = step < steps.reducing;
    const std::int64_t first = reducing ? steps.reduce_shift - step : steps.gather_shift - (step - steps.reducing);
    const std::int64_t chunk = wrap(layout.rank + first - (sending ? 0 : 1), layout.ranks);
    Span span = segment_of(layout.chunk(chunk), index % segments, layout.segment);
    Span own = span;
    own.buffer = layout.own();
    if (sending && reducing && step == 0) span = own;
    const std::int64_t peer = wrap(layout.rank + (sending ? 1 : -1), layout.ranks);
    return {.peer = static_cast<int>(peer), .span = span, .reduces = !sending && reducing, .first = own};
  };
  return {.at = at,
          .transfers = transfers,
          .window = static_cast<int>(window),
          .send_window = static_cast<int>(std::min(window, segments)),
          .reuse_after = (layout.ranks - 1) * segments,
          .segment = layout.segment};
}

/// An all-gather begins with one's own chunk where it belongs.
Copies place_own_chunk(const Layout& layout) {
  return one_copy(layout.chunk(layout.rank, Buffer::input), layout.chunk(layout.rank), !layout.in_place);
}

/// In step s a rank passes on the p-s blocks that have not arrived yet, and keeps the first of those that come. What
/// came lies in one half of scratch while the next comes into the other.
class RingAllToAll {
 public:
  explicit RingAllToAll(const Layout& layout) : layout_(layout), p_(layout.ranks), block_(layout.block_bytes()) {}

  int parts() const { return 2 * layout_.ranks - 1; }
  std::int64_t scratch_bytes() const { return 2 * (p_ - 1) * block_; }
  Part part(int index) const {
    if (index % 2 == 0) return keep_first(index / 2);
    return sequence_of(pass_on(index / 2), layout_);
  }

 private:
  /// What rank s sends first: the blocks s+1 .. p-1, then 0 .. s-1.
  std::array<Span, 2> for_others(std::int64_t s) const {
    return {layout_.blocks(s + 1, p_, Buffer::input), layout_.blocks(0, s, Buffer::input)};
  }
  /// What came in step `step` - 1.
  Span came(std::int64_t step) const { return {Buffer::scratch, step % 2 * (p_ - 1) * block_, (p_ - step) * block_}; }

  Copies keep_first(std::int64_t step) const {
    const Span from =
        step == 0 ? layout_.block(layout_.rank, Buffer::input) : Span{Buffer::scratch, came(step).offset, block_};
    return one_copy(from, layout_.block(wrap(layout_.rank - step, p_), Buffer::data));
  }

  Round pass_on(std::int64_t step) const {
    Round round{.send_to = static_cast<int>(wrap(layout_.rank + 1, p_)),
                .receive_from = static_cast<int>(wrap(layout_.rank - 1, p_))};
    round.receives[0] = came(step + 1);
    if (step > 0) {
      round.sends[0] = {Buffer::scratch, came(step).offset + block_, came(step).length - block_};
      return round;
    }
    round.sends = for_others(layout_.rank);
    const std::array<Span, 2> theirs = for_others(wrap(layout_.rank - 1, p_));
    round.receives = {Span{Buffer::scratch, came(1).offset, theirs[0].length},
                      Span{Buffer::scratch, came(1).offset + theirs[0].length, theirs[1].length}};
    return round;
  }

  Layout layout_;
  std::int64_t p_, block_;
};

Program all_to_all_program(const Layout& layout) {
  const RingAllToAll algorithm(layout);
  return {.part = [=](int index) { return algorithm.part(index); },
          .parts = algorithm.parts(),
          .slots = window_slots(layout),
          .scratch_bytes = algorithm.scratch_bytes()};
}

Program broadcast_program(int root, const Layout& layout) {
  const std::int64_t p = layout.ranks, place = wrap(layout.rank - root, p);
  TreeFlow flow{.range = {Buffer::data, 0, layout.bytes}, .down = true, .own = layout.own()};
  flow.place.depth = static_cast<int>(place);
  if (place > 0) flow.place.parent = static_cast<int>(wrap(layout.rank - 1, p));
  if (place < p - 1) flow.place.children.push_back(static_cast<int>(wrap(layout.rank + 1, p)));
  const TreePipeline chain({flow}, layout, layout.ranks - 1);
  return {.part = [=](int index) -> Part {
            if (index == 0) return chain;
            return copy_message(layout, place == 0);
          },
          .parts = 2,
          .slots = chain.slots()};
}

}  // namespace

Program ring_program(const CollectiveRun& run, const Layout& layout) {
  if (run.collective == Collective::all_to_all) return all_to_all_program(layout);
  if (run.collective == Collective::broadcast) return broadcast_program(run.root.value_or(0), layout);
  const Sequence sequence = ring_sequence(run.collective, layout);
  const bool gathers = run.collective == Collective::all_gather;
  return {.part = [=](int index) -> Part {
            if (gathers && index == 0) return place_own_chunk(layout);
            return sequence;
          },
          .parts = gathers ? 2 : 1,
          .slots = 2 * sequence.window,
          .scratch_bytes = gathers ? 0 : sequence.window* sequence.segment};
}

}  // namespace ringtrue
