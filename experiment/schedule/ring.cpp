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
    case Collective::broadcast: break;
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
  return {.at = [=](std::int64_t) -> Copies::Copy {
            return {layout.chunk(layout.rank, Buffer::input), layout.chunk(layout.rank)};
          },
          .count = layout.in_place ? 0 : 1};
}

Program all_to_all_program(const Layout& layout) {
  const std::int64_t block = layout.block(), p = layout.ranks, all_but_own = (p - 1) * block;
  const auto blocks = [=](std::int64_t from, std::int64_t to) -> Span {
    return {Buffer::input, from * block, std::max<std::int64_t>(0, to - from) * block};
  };
  // Rank s sends in the first step the blocks s+1 .. p-1, then 0 .. s-1.
  const auto for_others = [=](std::int64_t s) -> std::array<Span, 2> { return {blocks(s + 1, p), blocks(0, s)}; };
  const auto part = [=](int index) -> Part {
    const std::int64_t step = index / 2;
    const Span came{Buffer::scratch, step % 2 * all_but_own, (p - step) * block};
    if (index % 2 == 0) {
      const Span from =
          step == 0 ? Span{Buffer::input, layout.rank * block, block} : Span{Buffer::scratch, came.offset, block};
      const Span to{Buffer::data, wrap(layout.rank - step, p) * block, block};
      return Copies{.at = [=](std::int64_t) -> Copies::Copy { return {from, to}; }, .count = 1};
    }
    Round round{.send_to = static_cast<int>(wrap(layout.rank + 1, p)),
                .receive_from = static_cast<int>(wrap(layout.rank - 1, p))};
    const std::int64_t next_offset = (step + 1) % 2 * all_but_own;
    if (step == 0) {
      round.sends = for_others(layout.rank);
      const std::array<Span, 2> theirs = for_others(wrap(layout.rank - 1, p));
      round.receives = {Span{Buffer::scratch, next_offset, theirs[0].length},
                        Span{Buffer::scratch, next_offset + theirs[0].length, theirs[1].length}};
    } else {
      round.sends[0] = {Buffer::scratch, came.offset + block, came.length - block};
      round.receives[0] = {Buffer::scratch, next_offset, came.length - block};
    }
    return sequence_of(round, layout);
  };
  return {.part = part, .parts = 2 * layout.ranks - 1, .slots = window_slots(layout), .scratch_bytes = 2 * all_but_own};
}

Program broadcast_program(int root, const Layout& layout) {
  const std::int64_t p = layout.ranks, place = wrap(layout.rank - root, p);
  TreeFlow flow{.range = {Buffer::data, 0, layout.bytes}, .down = true, .own = layout.own()};
  flow.place.depth = static_cast<int>(place);
  if (place > 0) flow.place.parent = static_cast<int>(wrap(layout.rank - 1, p));
  if (place < p - 1) flow.place.children.push_back(static_cast<int>(wrap(layout.rank + 1, p)));
  const TreePipeline chain({flow}, layout, layout.ranks - 1);
  const bool copies = place == 0 && !layout.in_place;
  return {.part = [=](int index) -> Part {
            if (index == 0) return chain;
            return Copies{.at = [=](std::int64_t) -> Copies::Copy {
                            return {{Buffer::input, 0, layout.bytes}, {Buffer::data, 0, layout.bytes}};
                          },
                          .count = copies ? 1 : 0};
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
