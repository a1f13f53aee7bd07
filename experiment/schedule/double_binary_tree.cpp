// Double binary tree. Half of the buffer goes through one tree, half through the other; an inner rank of one is mostly
// a leaf of the other, so that all links are used both ways. An all-reduce sums up to the roots and sends down again,
// segment after segment; a broadcast only sends down, through two trees over all ranks but the root of the broadcast,
// which feeds the roots of both.

#include "experiment/schedule/part.hpp"

namespace ringtrue {
namespace {

/// The two halves of the buffer, cut between elements.
Span half(const Layout& layout, bool second) {
  const std::int64_t middle = layout.piece_offset(1, 2);
  return second ? Span{Buffer::data, middle, layout.bytes - middle} : Span{Buffer::data, 0, middle};
}

TreeFlow all_reduce_flow(const Layout& layout, bool second) {
  return {.place = binary_tree(layout.rank, layout.ranks, second),
          .range = half(layout, second),
          .up = true,
          .down = true,
          .own = layout.own()};
}

/// Ranks count from the root: 0 is the root, 1 .. p-1 are the trees' ranks 0 .. p-2.
TreeFlow broadcast_flow(const Layout& layout, int root, bool second) {
  const auto rank_at = [&](int place) { return static_cast<int>(wrap(place + root, layout.ranks)); };
  const int place = static_cast<int>(wrap(layout.rank - root, layout.ranks)), others = layout.ranks - 1;
  TreeFlow flow{.range = half(layout, second), .down = true, .own = layout.own()};
  if (place == 0) {
    const int top = !second ? 0 : (others % 2 == 0 ? others - 1 : 1 % others);  // mirrored or shifted
    flow.place.children = {rank_at(top + 1)};
    return flow;
  }
  flow.place = binary_tree(place - 1, others, second);
  flow.place.parent = flow.place.parent < 0 ? root : rank_at(flow.place.parent + 1);
  for (int& child : flow.place.children) child = rank_at(child + 1);
  ++flow.place.depth;
  return flow;
}

}  // namespace

Program double_binary_tree_program(const CollectiveRun& run, const Layout& layout) {
  const bool broadcasts = run.collective == Collective::broadcast;
  const int root = run.root.value_or(0);
  std::vector<TreeFlow> flows;
  for (const bool second : {false, true})
    flows.push_back(broadcasts ? broadcast_flow(layout, root, second) : all_reduce_flow(layout, second));
  const TreePipeline trees(std::move(flows), layout, tree_depth(layout.ranks) + (broadcasts ? 1 : 0));
  const bool copies = broadcasts && layout.rank == root;
  return {.part = [=](int index) -> Part {
            if (index == 0) return trees;
            return copy_message(layout, copies);
          },
          .parts = 2,
          .slots = trees.slots(),
          .scratch_bytes = trees.scratch_bytes()};
}

}  // namespace ringtrue
