#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/schedule/operation.hpp"
#include "experiment/system.hpp"

namespace ringtrue {

/// Which of a rank's memory others have read since the rank last wrote it. Who reads it on another core holds its lines
/// as well from then on, and the rank's next write has to take them back.
class Ownership {
 public:
  /// True for a send whose memory is read by another core.
  using IsRead = std::function<bool(const Operation& isend)>;

  /// As an iteration leaves it. Requires an experiment with a schedule.
  Ownership(const Experiment& experiment, int rank, IsRead is_read);
  /// As an iteration finds it, if a message of more than `largest_eager` is copied by the core that receives it, and a
  /// shorter one by its sender.
  static Ownership between_cores(const Experiment& experiment, int rank, const System& system, Bytes largest_eager);
  /// As the next iteration finds it: before a collective a rank writes its input (input_of), before a fresh or cold
  /// exchange nothing is left of what others hold.
  void renew();

  /// Goes on by one operation of the rank. Returns how much of what it writes, 0 to 1, others have read.
  double follow(const Operation& operation);
  /// What they have read of `within`, ascending.
  std::vector<Span> read_by_others(const Span& within);

 private:
  /// Where ranges begin, and where they end; no byte is in two of them.
  using Ranges = std::map<std::int64_t, std::int64_t>;

  Ranges& ranges_of(Buffer buffer);
  std::vector<Span> take(const Span& span);
  void give(const Span& span);

  Experiment experiment_;
  int rank_;
  bool in_place_;
  IsRead is_read_;
  std::array<Ranges, 3> read_by_others_{};  ///< By Buffer.
};

}  // namespace ringtrue
