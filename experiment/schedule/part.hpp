#pragma once

#include <array>
#include <functional>
#include <optional>
#include <variant>

#include "experiment/schedule/layout.hpp"
#include "experiment/schedule/tree.hpp"
#include "experiment/schedule/window.hpp"

namespace ringtrue {

/// Copies, one after the other. An empty one is left out.
struct Copies {
  struct Copy {
    Span from{}, to{};
  };
  std::function<Copy(std::int64_t index)> at;
  std::int64_t count = 0;
};

/// One copy, or none.
inline Copies one_copy(const Span& from, const Span& to, bool wanted = true) {
  return {.at = [=](std::int64_t) -> Copies::Copy { return {from, to}; }, .count = wanted ? 1 : 0};
}
/// Input to data, all of it, where they are not the same.
inline Copies copy_message(const Layout& layout, bool wanted) {
  const Span all{Buffer::input, 0, layout.bytes};
  return one_copy(all, {Buffer::data, 0, layout.bytes}, wanted && !layout.in_place);
}

/// A stretch of a rank's operations that ends with all its transfers.
using Part = std::variant<Copies, Sequence, TreePipeline>;

/// A rank's operations as parts, made one at a time and in order.
struct Program {
  std::function<Part(int index)> part;
  int parts = 0;
  int slots = 0;
  std::int64_t scratch_bytes = 0;
};

/// One exchange of a rank: what it sends to one peer and receives from another, at once, in segments. A range that is
/// received with `reduces` is added to `first`.
struct Round {
  int send_to = -1, receive_from = -1;
  std::array<Span, 2> sends{}, receives{};  ///< Ranges, one after the other; empty ones are left out.
  bool reduces = false;
  Buffer first = Buffer::data;
};
Sequence sequence_of(const Round& round, const Layout& layout);

/// Windows of at most layout.in_flight segments.
constexpr int window_slots(const Layout& layout) { return 2 * layout.in_flight; }

// One file for each algorithm. `run` is one of the collectives it has; layout.ranks >= 2.
Program ring_program(const CollectiveRun& run, const Layout& layout);
Program direct_program(const CollectiveRun& run, const Layout& layout);
Program halving_doubling_program(const CollectiveRun& run, const Layout& layout);
Program double_binary_tree_program(const CollectiveRun& run, const Layout& layout);
/// All-to-all in ceil(log2 p) rounds.
Program bruck_program(const Layout& layout);

}  // namespace ringtrue
