#pragma once

#include <cstdint>
#include <vector>

#include "experiment/schedule/layout.hpp"

namespace ringtrue {

/// A rank's place in a tree over ranks.
struct TreePlace {
  int parent = -1;  ///< -1 at the root.
  std::vector<int> children{};
  int depth = 0;
};

/// One of the two trees over `ranks` ranks of which a double binary tree consists: binary, of depth at most
/// tree_depth(ranks), and, for an even number of ranks, an inner rank of one is a leaf of the other, so that both
/// together use every link both ways. Sources: Sanders, Speck & Traeff, Parallel Computing 35(12), 2009; NCCL's choice
/// of trees (in order, the second mirrored or shifted). Requires 0 <= rank < ranks.
TreePlace binary_tree(int rank, int ranks, bool second);
constexpr int tree_depth(int ranks) {
  int depth = 0;
  while ((1 << depth) < ranks) ++depth;
  return depth + 1;
}

/// What goes through one tree: `range` is reduced to the root if `up`, and goes from the root to all if `down`.
struct TreeFlow {
  TreePlace place{};
  Span range{};
  bool up = false, down = false;
  Buffer own = Buffer::data;  ///< Where a leaf's contribution, or the root's message, lies.
};

/// Segments go through up to two trees at once. Lazily generates one rank's operations.
class TreePipeline {
 public:
  /// `depth`: at least that of every rank, the same for all ranks.
  TreePipeline(std::vector<TreeFlow> flows, const Layout& layout, int depth);
  /// Sets the next operation; false at the end.
  bool next(Operation& op);
  int slots() const { return slots_; }
  std::int64_t scratch_bytes() const { return scratch_bytes_; }

 private:
  struct Progress {
    std::int64_t up_waited = 0;    ///< Sends to the parent that have ended.
    std::int64_t up_posted = 0;    ///< Receives from each child.
    std::int64_t down_posted = 0;  ///< Receives from the parent.
    std::int64_t down_waited = 0;  ///< Sends to each child that have ended.
    int first_slot = 0;
    std::int64_t first_scratch = 0;
  };

  void tick();
  void go_up(std::size_t tree, std::int64_t segment);
  void go_down(std::size_t tree, std::int64_t segment);
  void reduce_children(std::size_t tree, std::int64_t segment);
  void post_from_children(std::size_t tree, std::int64_t bound);
  void post_from_parent(std::size_t tree, std::int64_t bound);
  void await_up(std::size_t tree, std::int64_t bound);
  void await_down(std::size_t tree, std::int64_t bound);
  void drain();

  enum class Port : std::uint8_t { from_children, to_parent, from_parent, to_children };
  int slot(std::size_t tree, Port port, std::int64_t segment, std::size_t child = 0) const;
  Span piece(std::size_t tree, std::int64_t segment, Buffer buffer) const;
  Span scratch(std::size_t tree, std::int64_t segment, std::size_t child) const;
  void transfer(OperationKind kind, std::uint8_t tag, int peer, int slot, const Span& span);
  void wait(int slot);

  std::vector<TreeFlow> flows_;
  std::vector<Progress> progress_;
  std::int64_t segment_, segments_ = 0;
  int window_, send_window_, depth_;
  int slots_ = 0;
  std::int64_t scratch_bytes_ = 0;
  std::int64_t time_ = 0;
  bool drained_ = false;
  std::vector<Operation> ready_;  ///< Of the current tick, from read_ on.
  std::size_t read_ = 0;
};

}  // namespace ringtrue
