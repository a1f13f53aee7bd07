#pragma once

#include <string>
#include <vector>

#include "sim/nccl/tuner.hpp"

namespace ringtrue::nccl {

/// One published time that the model may be fitted on.
struct Observation {
  Call call;
  Choice choice;  ///< What the source forced or its log shows, else the tuner's.
  double time_us = 0;
  double relative_sigma = 0;  ///< Of reading it.
  std::string source;         ///< Rows of one source and the same question count once together, however often it ran.
};

/// Where to look for the least: maximum a posteriori of the parameters that have a width, with the priors of the
/// machine. Residuals are of ln(time), of about 2 % and the row's own sigma, and count linearly where they are larger
/// (pseudo-Huber), as the log error that is reported does. Deterministic. Throws Error without rows.
Parameters fit(const Machine& machine, const std::vector<Observation>& rows);

/// What a fit on these rows covers.
Coverage coverage_of(const std::vector<Observation>& rows);

}  // namespace ringtrue::nccl
