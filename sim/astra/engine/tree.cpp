// ASTRA-sim's double binary tree: whole chunks up to the root and down again; chunks alternate between two trees.
#include "sim/astra/engine/packets.hpp"

namespace ringtrue::astra {

/// In-order numbering: in the tree of the first ranks the root is position 0 and the others form a complete tree below
/// it; in the tree of the last ranks the root is position n - 1. Keys 1 to n - 1 of the complete tree in order: the
/// lowest set bit is the height.
Simulation::TreePlace Simulation::tree_place(const Phase& phase, std::uint32_t position) {
  const auto n = static_cast<std::uint32_t>(phase.members);
  const std::uint32_t shift = phase.last_tree ? 1 : 0;
  const std::uint32_t root = phase.last_tree ? n - 1 : 0;
  TreePlace place;
  if (position == root) {
    (phase.last_tree ? place.left : place.right) = n / 2 - shift;
    return place;
  }
  const std::uint32_t key = position + shift;
  const std::uint32_t height = key & (~key + 1);
  const std::uint32_t parent = (key & (2 * height)) != 0 ? key - height : key + height;
  place.parent = height == n / 2 ? root : parent - shift;
  if (height > 1) {
    place.left = key - height / 2 - shift;
    place.right = key + height / 2 - shift;
  }
  return place;
}

void Simulation::tree_packet(std::uint32_t id, bool reduces) {
  const Instance& instance = instances_[id];
  register_call(instance.npu, instance.phase->endpoint_delay, {.subject = id, .reduces = reduces});
}

void Simulation::tree_send(std::uint32_t id, std::uint32_t target) {
  const Instance& instance = instances_[id];
  const Phase& phase = *instance.phase;
  const auto n = static_cast<std::uint32_t>(phase.members);
  const std::uint32_t position = position_of(instance);
  send(instance, peer_at(instance, (target + n - position) % n), phase.message,
       static_cast<std::uint32_t>(phase.slot) + position);
}

void Simulation::tree_post(std::uint32_t id, std::uint32_t source) {
  post_receive(id, static_cast<std::uint32_t>(instances_[id].phase->slot) + source);
}

void Simulation::begin_tree(std::uint32_t id, const TreePlace& place) {
  Instance& instance = instances_[id];
  const bool root = place.parent == none, two_children = place.left != none && place.right != none;
  if (!root && !two_children) {
    instance.tree = TreeState::to_parent;
    tree_packet(id, false);
    return;
  }
  instance.tree = two_children ? TreeState::from_children : TreeState::from_child;
  if (place.left != none) tree_post(id, place.left);
  if (place.right != none) tree_post(id, place.right);
}

void Simulation::send_to_children(std::uint32_t id, const TreePlace& place) {
  if (place.left != none) tree_send(id, place.left);
  if (place.right != none) tree_send(id, place.right);
}

/// One step of a member's state machine. `received_one`: a message came; else a packet went through the endpoint or the
/// phase starts.
void Simulation::advance_tree(std::uint32_t id, bool received_one) {
  Instance& instance = instances_[id];
  const TreePlace place = tree_place(*instance.phase, position_of(instance));
  const bool root = place.parent == none, leaf = !root && place.left == none;
  switch (instance.tree) {
    case TreeState::begin: begin_tree(id, place); return;
    case TreeState::from_children:
      instance.tree = TreeState::from_child;
      tree_packet(id, true);
      return;
    case TreeState::from_child:
      instance.reduced = instance.reduced || !received_one;
      if (!received_one) return;
      instance.tree = root ? TreeState::to_children : TreeState::to_parent;
      tree_packet(id, true);
      return;
    case TreeState::to_parent:
      if (!leaf && !instance.reduced) {
        instance.reduced = true;
        return;
      }
      instance.tree = TreeState::from_parent;
      tree_send(id, place.parent);
      tree_post(id, place.parent);
      return;
    case TreeState::from_parent:
      instance.tree = leaf ? TreeState::end : TreeState::to_children;
      tree_packet(id, !leaf);
      return;
    case TreeState::to_children:
      send_to_children(id, place);
      next_phase(id);
      return;
    case TreeState::end: next_phase(id); return;
  }
}

}  // namespace ringtrue::astra
