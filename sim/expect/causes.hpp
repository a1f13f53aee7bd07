#pragma once

#include <string>
#include <vector>

#include "sim/expect/expectation.hpp"

namespace ringtrue::expect {

/// One thing that often explains a time other than the expected one, and the times it would give.
struct Cause {
  std::string id;           ///< nvls_off, links_12, busbw_taken_for_algbw ...
  std::string what;         ///< What it is and how to check it.
  Seconds least{}, most{};  ///< Equal if the model computes it; else a range, by rule of thumb.

  bool computed() const { return least == most; }
};

/// All that is known to happen to such a call and makes a difference; which of them did is for diagnose() to say.
std::vector<Cause> known_causes(const Expectation& expected, const nccl::Machine& machine);

}  // namespace ringtrue::expect
