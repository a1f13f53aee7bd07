// Direct: everybody sends to everybody what is for them. In an all-reduce, rank r collects and sums chunk r of all
// (reduce-scatter) and sends the sum to all (all-gather). Rank r sends to r+1, r+2, ... and receives from r-1, r-2,
// ..., so that no two ranks begin with the same target.

#include "experiment/schedule/part.hpp"

namespace ringtrue {
namespace {

/// Peers one after the other, `length` bytes at most with each.
template <class At>
Sequence peers_in_turn(const Layout& layout, std::int64_t length, At at) {
  const std::int64_t segments = layout.segments(length);
  const std::int64_t transfers = (layout.ranks - 1) * segments;
  const int window = static_cast<int>(std::clamp<std::int64_t>(transfers, 1, layout.in_flight));
  return {.at = [=](std::int64_t index, bool sending) -> Transfer {
            const std::int64_t distance = index / segments + 1;
            const std::int64_t peer = wrap(layout.rank + (sending ? distance : -distance), layout.ranks);
            Transfer t = at(peer, distance, sending);
            t.peer = static_cast<int>(peer);
            t.span = segment_of(t.span, index % segments, layout.segment);
            t.first = segment_of(t.first, index % segments, layout.segment);
            return t;
          },
          .transfers = transfers,
          .window = window,
          .send_window = window,
          .segment = layout.segment};
}

Sequence scatter(const Layout& layout) {
  return peers_in_turn(layout, layout.largest_chunk(), [=](std::int64_t peer, std::int64_t distance, bool sending) {
    if (sending) return Transfer{.span = layout.chunk(peer, layout.own())};
    return Transfer{.span = layout.chunk(layout.rank),
                    .reduces = true,
                    .first = layout.chunk(layout.rank, distance == 1 ? layout.own() : Buffer::data)};
  });
}

Sequence gather(const Layout& layout, Buffer own) {
  return peers_in_turn(layout, layout.largest_chunk(), [=](std::int64_t peer, std::int64_t, bool sending) {
    return Transfer{.span = sending ? layout.chunk(layout.rank, own) : layout.chunk(peer)};
  });
}

Sequence exchange_blocks(const Layout& layout) {
  return peers_in_turn(layout, layout.block_bytes(), [=](std::int64_t peer, std::int64_t, bool sending) {
    return Transfer{.span = layout.block(peer, sending ? Buffer::input : Buffer::data)};
  });
}

/// The root sends the whole message to everybody else; they have one receive after the other.
Sequence from_root(int root, const Layout& layout) {
  const std::int64_t segments = layout.segments(layout.bytes);
  const bool sends = layout.rank == root;
  const std::int64_t transfers = (sends ? layout.ranks - 1 : 1) * segments;
  const int window = static_cast<int>(std::clamp<std::int64_t>(transfers, 1, layout.in_flight));
  return {.at = [=](std::int64_t index, bool sending) -> Transfer {
            if (sending != sends) return {};
            const std::int64_t peer = sends ? wrap(root + 1 + index / segments, layout.ranks) : root;
            const Span all{sends ? layout.own() : Buffer::data, 0, layout.bytes};
            return {.peer = static_cast<int>(peer), .span = segment_of(all, index % segments, layout.segment)};
          },
          .transfers = transfers,
          .window = window,
          .send_window = window,
          .segment = layout.segment};
}

Part all_gather_part(const Layout& layout, int index) {
  if (index == 0) return gather(layout, layout.own());
  return one_copy(layout.chunk(layout.rank, Buffer::input), layout.chunk(layout.rank), !layout.in_place);
}

Part all_to_all_part(const Layout& layout, int index) {
  if (index == 0) return exchange_blocks(layout);
  return one_copy(layout.block(layout.rank, Buffer::input), layout.block(layout.rank, Buffer::data));
}

Part broadcast_part(int root, const Layout& layout, int index) {
  if (index == 0) return from_root(root, layout);
  return copy_message(layout, layout.rank == root);
}

}  // namespace

Program direct_program(const CollectiveRun& run, const Layout& layout) {
  const Collective collective = run.collective;
  const int root = run.root.value_or(0);
  const bool reduces = reduces_values(collective);
  return {.part = [=](int index) -> Part {
            switch (collective) {
              case Collective::all_reduce: return index == 0 ? scatter(layout) : gather(layout, Buffer::data);
              case Collective::reduce_scatter: return scatter(layout);
              case Collective::all_gather: return all_gather_part(layout, index);
              case Collective::all_to_all: return all_to_all_part(layout, index);
              case Collective::broadcast: return broadcast_part(root, layout, index);
              case Collective::send_recv: break;
            }
            throw std::logic_error("direct_program: not a collective");
          },
          .parts = collective == Collective::reduce_scatter ? 1 : 2,
          .slots = window_slots(layout),
          .scratch_bytes = reduces ? layout.in_flight* layout.segment : 0};
}

}  // namespace ringtrue
