#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/schedule/operation.hpp"

namespace ringtrue {

/// Which of a rank's memory others have read since the rank last wrote it. From then on their cores share its cache
/// lines, and the rank's next write has to take them back (in MESI's words, from Shared to Modified). How long a cache
/// keeps what it has read is not its concern: what that is worth was measured with buffers of each size.
class Ownership {
 public:
  /// True for a send whose memory is read by another core.
  using IsRead = std::function<bool(const Operation& isend)>;

  /// As an iteration leaves it. Requires an experiment with a schedule.
  Ownership(const Experiment& experiment, int rank, IsRead is_read);
  /// As the next iteration finds it: before a collective a rank writes its input (input_of), before a fresh or cold
  /// exchange nothing is left of what others hold.
  static Ownership before_iteration(const Experiment& experiment, int rank, IsRead is_read);
  /// The same if a message of more than `largest_eager` is copied by the core that receives it, and a shorter one by
  /// its sender. `core_of`, the core of each rank, has to live on. A core of another host counts, too: nobody reads
  /// over a network, but then fresh exchanges cost what others cost.
  static Ownership between_cores(const Experiment& experiment, int rank, std::span<const int> core_of,
                                 Bytes largest_eager);

  /// Applies the rank's next operation. Returns how much of what it writes, 0 to 1, others have read.
  double follow(const Operation& operation);
  /// What they have read of `within`, ascending.
  std::vector<Span> read_by_others(const Span& within) const;

 private:
  /// Of a buffer, ascending; they do not touch.
  struct Range {
    std::int64_t begin = 0, end = 0;
  };
  using Ranges = std::vector<Range>;

  explicit Ownership(bool in_place, IsRead is_read);
  std::size_t memory_of(Buffer buffer) const;
  std::int64_t take(const Span& span);
  void give(const Span& span);

  bool in_place_;
  IsRead is_read_;
  std::array<Ranges, 3> read_by_others_{};  ///< By Buffer.
};

}  // namespace ringtrue
