#pragma once

#include "experiment/experiment.hpp"

namespace ringtrue {

/// How often ranks that compute in between must advance a collective until it is complete, each going as far as it can
/// without waiting. The first time only begins it and is not counted. Counted on the schedule of all ranks, which
/// advance at the same times: what is sent in one advance has arrived by the next; what is longer than `largest_eager`
/// is taken in there, once its receive is posted, of which the sender learns in the advance after. Requires an
/// experiment with a schedule. At least 1.
int advances_of(const Experiment& collective, Bytes largest_eager);

}  // namespace ringtrue
