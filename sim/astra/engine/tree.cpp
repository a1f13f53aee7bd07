// ASTRA-sim's double binary tree: whole chunks up to the root and down again; chunks alternate between two trees.
#include "sim/astra/engine/simulation.hpp"

namespace ringtrue::astra {

/// In-order numbering: in the tree of the first ranks the root is position 0 and the others form a complete tree; in
/// the tree of the last ranks it is mirrored. A position's place follows from the trailing zeros of its distance.
Simulation::TreePlace Simulation::tree_place(const Phase& phase, std::uint32_t position) {
  const auto n = static_cast<std::uint32_t>(phase.members);
  const std::uint32_t shift = phase.last_tree ? 1 : 0;  // in-order key 1..n-1 of the complete tree
  const auto at = [shift](std::uint32_t key) { return key - shift; };
  const std::uint32_t root = phase.last_tree ? n - 1 : 0;
  TreePlace place;
  if (position == root) {
    (phase.last_tree ? place.left : place.right) = at(n / 2);
    return place;
  }
  const std::uint32_t key = position + shift;
  const std::uint32_t height = key & (~key + 1);  // distance to the children's parent level
  const bool top = height == n / 2;
  place.parent = top ? root : at((key & (2 * height)) != 0 ? key - height : key + height);
  if (height > 1) {
    place.left = at(key - height / 2);
    place.right = at(key + height / 2);
  }
  return place;
}

void Simulation::tree_packet(std::uint32_t npu, std::uint32_t id, bool reduces) {
  const Stream& stream = *streams_[id];
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(stream.instances[member_of(stream, npu)].phase)];
  register_call(npu, stream.plan.endpoint_delay,
                {.kind = CallKind::packet, .reduces = reduces, .subject = id, .reduction = phase.reduction});
}

void Simulation::tree_send(std::uint32_t npu, std::uint32_t id, std::uint32_t target) {
  const Stream& stream = *streams_[id];
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(stream.instances[member_of(stream, npu)].phase)];
  const auto n = static_cast<std::uint32_t>(phase.members);
  const std::uint32_t position = position_of(stream, phase, npu);
  send(npu, id, peer_at(stream, phase, npu, (target + n - position) % n), phase.message,
       static_cast<std::uint32_t>(phase.slot) + position);
}

void Simulation::tree_post(std::uint32_t npu, std::uint32_t id, std::uint32_t source) {
  const Stream& stream = *streams_[id];
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(stream.instances[member_of(stream, npu)].phase)];
  post_receive(npu, id, static_cast<std::uint32_t>(phase.slot) + source);
}

/// One step of a member's state machine; `received_one`: a message came, else a packet went through the endpoint or the
/// phase starts.
void Simulation::advance_tree(std::uint32_t npu, std::uint32_t id, bool received_one) {
  Stream& stream = *streams_[id];
  Instance& instance = stream.instances[member_of(stream, npu)];
  const Phase& phase = stream.plan.phases[static_cast<std::size_t>(instance.phase)];
  const TreePlace place = tree_place(phase, position_of(stream, phase, npu));
  const bool root = place.parent == none, leaf = !root && place.left == none;
  switch (instance.tree) {
    case TreeState::begin:
      if (leaf) {
        instance.tree = TreeState::to_parent;
        tree_packet(npu, id, false);
      } else if (root) {
        instance.tree = TreeState::from_child;
        tree_post(npu, id, place.left != none ? place.left : place.right);
      } else {
        instance.tree = TreeState::from_children;
        tree_post(npu, id, place.left);
        tree_post(npu, id, place.right);
      }
      return;
    case TreeState::from_children:
      instance.tree = TreeState::from_child;
      tree_packet(npu, id, true);
      return;
    case TreeState::from_child:
      if (!received_one) {  // the first child's packet is through
        ++instance.reductions;
        return;
      }
      instance.tree = root ? TreeState::to_children : TreeState::to_parent;
      tree_packet(npu, id, true);
      return;
    case TreeState::to_parent:
      if (!leaf && instance.reductions < 1) {
        ++instance.reductions;
        return;
      }
      instance.tree = TreeState::from_parent;
      tree_send(npu, id, place.parent);
      tree_post(npu, id, place.parent);
      return;
    case TreeState::from_parent:
      instance.tree = leaf ? TreeState::end : TreeState::to_children;
      tree_packet(npu, id, !leaf);
      return;
    case TreeState::to_children:
      if (place.left != none) tree_send(npu, id, place.left);
      if (place.right != none) tree_send(npu, id, place.right);
      next_phase(npu, id);
      return;
    case TreeState::end: next_phase(npu, id); return;
  }
}

}  // namespace ringtrue::astra
