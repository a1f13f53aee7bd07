#pragma once

#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

/// CPU time of handling one message (or reducing one piece) of `message` bytes while walking a buffer of `buffer`
/// bytes.
struct CostPoint {
  Bytes message;
  Bytes buffer;
  Seconds cost{};
  bool operator==(const CostPoint&) const = default;
};

struct Cost {
  Seconds time{};
  bool extrapolated = false;  ///< Larger than anything that was measured.
};

/// Costs measured along one line: messages grow with the buffer (a rank's chunk) until they reach the segment size,
/// then only the buffer grows. Between points cost is linear in the message while messages grow, and linear in the
/// logarithm of the buffer after; what is smaller than the smallest message costs what that one costs.
class CostTable {
 public:
  /// `border`: a protocol changes above messages of this size (eager to rendezvous), and no line is drawn across it;
  /// zero for none.
  CostTable(std::vector<CostPoint> points, Bytes border);
  CostTable() = default;

  bool empty() const { return points_.empty(); }
  const std::vector<CostPoint>& points() const { return points_; }

  /// Requires a table that is not empty.
  Cost at(Bytes message, Bytes buffer) const;
  /// What a byte cost of whatever piece was measured while walking a buffer of `buffer` bytes; linear in its logarithm,
  /// held at the ends. Requires a table that is not empty.
  Seconds per_byte(Bytes buffer) const;

 private:
  Seconds by_message(Bytes message) const;
  Seconds cold_surcharge(Bytes message, Bytes buffer) const;

  std::vector<CostPoint> points_;   ///< Ascending by buffer.
  std::vector<CostPoint> growing_;  ///< The points where the message still grows.
  std::vector<CostPoint> cold_;     ///< The points with the largest message, ascending by buffer.
  std::vector<CostPoint> bytes_;    ///< What one byte of each point cost.
  Bytes border_;
};

}  // namespace ringtrue
