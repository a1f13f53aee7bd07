#pragma once

#include <string>
#include <vector>

#include "sim/expect/causes.hpp"
#include "sim/expect/verdict.hpp"

namespace ringtrue::expect {

/// A computed cause fits within this share of its time.
inline constexpr double fit_within = 0.03;

/// What could explain one measured time.
struct Diagnosis {
  std::vector<Cause> fits;      ///< Computed, within fit_within; the closest first.
  std::vector<Cause> possible;  ///< Ranges that hold the time.
  std::vector<Cause> nearest;   ///< If nothing computed fits: the two closest, to show that they do not.
  bool beats_bound = false;     ///< Less than any algorithm of NCCL can take.
};

/// Empty for a normal time.
Diagnosis diagnose(Seconds measured, Verdict verdict, const Expectation& expected, const nccl::Machine& machine);

/// One row of a log.
struct LogRow {
  Expectation expected;
  Uncertainty uncertainty;
  Seconds measured{};
  Verdict verdict{};
  std::optional<bool> in_place;
};

/// A cause beside all rows of a log.
struct LogCause {
  Cause cause;           ///< Of the first row that it explains.
  int explained = 0;     ///< Rows that are not normal and would be, if it were so.
  int contradicted = 0;  ///< Rows that are normal and would not be; of computed causes only.
  Bytes least, most;     ///< Messages of the rows explained.
};

/// Those that explain every row that is not normal, or two at least, and that hardly a normal row contradicts. At most
/// four: computed ones first, of them those that explain most.
std::vector<LogCause> diagnose(const std::vector<LogRow>& rows, const nccl::Machine& machine);

}  // namespace ringtrue::expect
