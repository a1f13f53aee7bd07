// Ranks are in step by a time that nobody measures: at tick t a rank of depth d, in a tree of depth D, sends segment
// t - (D - d) to its parent, after adding its children's, and takes segment t - (D + d) from its parent and passes it
// on. Whatever a tick needs from another rank happens there at an earlier tick, except the end of a send, which happens
// no later than the tick before the last: so nobody waits in a circle, whatever the trees and the number of segments.
//
// In place, a segment that comes down overwrites what went up: it is received once its send has ended.

#include "experiment/schedule/tree.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace ringtrue {
namespace {

/// In-order tree over 0 .. ranks-1 rooted at 0: a rank's height is its lowest set bit, and it lies amid its children.
TreePlace in_order_tree(int rank, int ranks) {
  const auto parent_of = [ranks](int r) {
    const int bit = r & -r;
    const int up = (r ^ bit) | (bit << 1);
    return up < ranks ? up : r ^ bit;
  };
  TreePlace place;
  for (int r = rank; r != 0; r = parent_of(r)) ++place.depth;
  if (rank != 0) place.parent = parent_of(rank);
  // Children lie half of the lowest set bit to both sides; beyond the last rank, nearer.
  int half = rank == 0 ? static_cast<int>(std::bit_ceil(static_cast<unsigned>(ranks))) >> 1 : (rank & -rank) >> 1;
  if (rank == 0) {
    if (ranks > 1) place.children.push_back(half);
    return place;
  }
  if (half == 0) return place;
  place.children.push_back(rank - half);
  while (half > 0 && rank + half >= ranks) half >>= 1;
  if (half > 0) place.children.push_back(rank + half);
  return place;
}

std::uint8_t tag_of(std::size_t tree, bool down) { return static_cast<std::uint8_t>(2 * tree + (down ? 1 : 0)); }

}  // namespace

TreePlace binary_tree(int rank, int ranks, bool second) {
  assert(rank >= 0 && rank < ranks);
  if (!second) return in_order_tree(rank, ranks);
  const bool mirrored = ranks % 2 == 0;
  const auto other = [=](int r) { return mirrored ? ranks - 1 - r : (r + ranks - 1) % ranks; };
  const auto back = [=](int r) { return mirrored ? ranks - 1 - r : (r + 1) % ranks; };
  TreePlace place = in_order_tree(other(rank), ranks);
  if (place.parent >= 0) place.parent = back(place.parent);
  for (int& child : place.children) child = back(child);
  return place;
}

TreePipeline::TreePipeline(std::vector<TreeFlow> flows, const Layout& layout, int depth)
    : flows_(std::move(flows)),
      progress_(flows_.size()),
      segment_(layout.segment),
      window_(layout.in_flight),
      send_window_(std::max(2, layout.in_flight)),
      depth_(depth) {
  for (std::size_t tree = 0; tree < flows_.size(); ++tree) {
    segments_ = std::max(segments_, layout.segments(flows_[tree].range.length));
    const auto children = static_cast<int>(flows_[tree].place.children.size());
    progress_[tree].first_slot = slots_;
    progress_[tree].first_scratch = scratch_bytes_;
    slots_ += (children + 1) * (window_ + send_window_);
    if (flows_[tree].up) scratch_bytes_ += std::int64_t{children} * window_ * segment_;
  }
}

int TreePipeline::slot(std::size_t tree, Port port, std::int64_t segment, std::size_t child) const {
  const int first = progress_[tree].first_slot, c = static_cast<int>(child);
  const int children = static_cast<int>(flows_[tree].place.children.size());
  const int receive = static_cast<int>(segment % window_), send = static_cast<int>(segment % send_window_);
  switch (port) {
    case Port::from_parent: return first + receive;
    case Port::from_children: return first + (1 + c) * window_ + receive;
    case Port::to_parent: return first + (1 + children) * window_ + send;
    case Port::to_children: return first + (1 + children) * window_ + (1 + c) * send_window_ + send;
  }
  throw std::logic_error("slot: not a port");
}

Span TreePipeline::piece(std::size_t tree, std::int64_t segment, Buffer buffer) const {
  Span span = segment_of(flows_[tree].range, segment, segment_);
  span.buffer = buffer;
  return span;
}

Span TreePipeline::scratch(std::size_t tree, std::int64_t segment, std::size_t child) const {
  const std::int64_t place = static_cast<std::int64_t>(child) * window_ + segment % window_;
  return {Buffer::scratch, progress_[tree].first_scratch + place * segment_, piece(tree, segment, Buffer::data).length};
}

void TreePipeline::transfer(OperationKind kind, std::uint8_t tag, int peer, int slot, const Span& span) {
  if (span.length > 0) ready_.push_back({.kind = kind, .peer = peer, .slot = slot, .span = span, .tag = tag});
}

void TreePipeline::wait(int slot) { ready_.push_back({.slot = slot}); }

void TreePipeline::post_from_children(std::size_t tree, std::int64_t bound) {
  const TreePlace& place = flows_[tree].place;
  for (std::int64_t& k = progress_[tree].up_posted; k < std::min(bound, segments_); ++k)
    for (std::size_t c = 0; c < place.children.size(); ++c)
      transfer(OperationKind::irecv, tag_of(tree, false), place.children[c], slot(tree, Port::from_children, k, c),
               scratch(tree, k, c));
}

void TreePipeline::await_up(std::size_t tree, std::int64_t bound) {
  if (flows_[tree].place.parent < 0 || !flows_[tree].up) return;
  for (std::int64_t& k = progress_[tree].up_waited; k < std::min(bound, segments_); ++k)
    wait(slot(tree, Port::to_parent, k));
}

void TreePipeline::await_down(std::size_t tree, std::int64_t bound) {
  for (std::int64_t& k = progress_[tree].down_waited; k < std::min(bound, segments_); ++k)
    for (std::size_t c = 0; c < flows_[tree].place.children.size(); ++c) wait(slot(tree, Port::to_children, k, c));
}

void TreePipeline::post_from_parent(std::size_t tree, std::int64_t bound) {
  for (std::int64_t& k = progress_[tree].down_posted; k < std::min(bound, segments_); ++k) {
    await_up(tree, k + 1);
    transfer(OperationKind::irecv, tag_of(tree, true), flows_[tree].place.parent, slot(tree, Port::from_parent, k),
             piece(tree, k, Buffer::data));
  }
}

void TreePipeline::reduce_children(std::size_t tree, std::int64_t k) {
  const TreeFlow& flow = flows_[tree];
  for (std::size_t c = 0; c < flow.place.children.size(); ++c) {
    wait(slot(tree, Port::from_children, k, c));
    const Span to = piece(tree, k, Buffer::data);
    if (to.length == 0) continue;
    ready_.push_back({.kind = OperationKind::reduce,
                      .span = to,
                      .first = piece(tree, k, c == 0 ? flow.own : Buffer::data),
                      .second = scratch(tree, k, c)});
  }
}

void TreePipeline::go_up(std::size_t tree, std::int64_t k) {
  const TreeFlow& flow = flows_[tree];
  post_from_children(tree, k + window_);
  reduce_children(tree, k);
  post_from_children(tree, k + 1 + window_);
  if (flow.place.parent < 0) return;
  await_up(tree, k + 1 - send_window_);
  transfer(OperationKind::isend, tag_of(tree, false), flow.place.parent, slot(tree, Port::to_parent, k),
           piece(tree, k, flow.place.children.empty() ? flow.own : Buffer::data));
}

void TreePipeline::go_down(std::size_t tree, std::int64_t k) {
  const TreeFlow& flow = flows_[tree];
  if (flow.place.parent >= 0) {
    const std::int64_t ahead = flow.up ? std::min(window_, 2 * flow.place.depth) : window_;
    post_from_parent(tree, k + ahead);
    wait(slot(tree, Port::from_parent, k));
  }
  await_down(tree, k + 1 - send_window_);
  const Buffer from = flow.place.parent < 0 && !flow.up ? flow.own : Buffer::data;
  for (std::size_t c = 0; c < flow.place.children.size(); ++c)
    transfer(OperationKind::isend, tag_of(tree, true), flow.place.children[c], slot(tree, Port::to_children, k, c),
             piece(tree, k, from));
}

void TreePipeline::drain() {
  for (std::size_t tree = 0; tree < flows_.size(); ++tree) {
    await_up(tree, segments_);
    if (flows_[tree].down) await_down(tree, segments_);
  }
  drained_ = true;
}

void TreePipeline::tick() {
  for (std::size_t tree = 0; tree < flows_.size(); ++tree) {
    const int depth = flows_[tree].place.depth;
    const std::int64_t up = time_ - (depth_ - depth), down = time_ - (depth_ + depth);
    if (flows_[tree].up && up >= 0 && up < segments_) go_up(tree, up);
    if (flows_[tree].down && down >= 0 && down < segments_) go_down(tree, down);
  }
  if (++time_ == segments_ + std::int64_t{2} * depth_) drain();
}

bool TreePipeline::next(Operation& op) {
  while (read_ == ready_.size()) {
    if (drained_) return false;
    ready_.clear();
    read_ = 0;
    tick();
  }
  op = ready_[read_++];
  return true;
}

}  // namespace ringtrue
