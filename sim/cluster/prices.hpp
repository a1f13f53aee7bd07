#pragma once

#include <vector>

#include "experiment/schedule/operation.hpp"
#include "sim/cluster/cluster.hpp"

namespace ringtrue {

/// CPU time of what a rank does in one experiment, whose buffers it walks.
class Prices {
 public:
  Prices(const Experiment& experiment, const ClusterScale& scale);

  /// 0 for an empty table.
  Seconds of(const CostTable& table, Bytes size);
  Seconds copied(Bytes size) { return of(scale_.copy.empty() ? scale_.reduce : scale_.copy, size); }
  /// Reductions were measured in place. One that reads what the caller gave and writes elsewhere costs a copy more.
  Seconds reduction(const Operation& operation);
  /// A message from this or another core into memory of which other cores have read `read_by_others` (0 to 1).
  Seconds message(bool from_other_core, Bytes size, double read_by_others);
  /// What it costs to write `size` bytes beyond what it costs if no other core has read them: measured on messages, and
  /// taken to be the same for reductions and copies.
  Seconds taken_back(Bytes size, double read_by_others);
  /// Messages were measured into a buffer that is walked. Scratch of `scratch` bytes is used again and again: a message
  /// into it, which costs `walked` into such a buffer, does not pay what a copy pays for a destination farther away.
  Seconds to_scratch(Seconds walked, Bytes size, Bytes scratch);

  bool extrapolated() const { return extrapolated_; }  ///< Something was larger than anything measured.

 private:
  struct Known {
    const CostTable* table;
    Bytes size;
    Seconds time;
  };

  const ClusterScale& scale_;
  Bytes buffer_;
  bool out_of_place_;
  bool extrapolated_ = false;
  std::vector<Known> known_{};  ///< A schedule asks for few sizes, again and again.
};

}  // namespace ringtrue
