#pragma once

#include <span>
#include <string>

#include "experiment/timeline/timeline.hpp"

namespace ringtrue {

/// Where the model is wrong, as text for a terminal: microseconds in each kind of phase, measured and simulated, as the
/// mean over ranks and, for up to 16 ranks, of each rank; `rest` is what of the makespan lies in no phase (starting
/// late, being done early, the model's skew). Requires timelines of one experiment, `measured` with a recording.
std::string phase_table(const Timeline& measured, std::span<const Timeline> simulated);

}  // namespace ringtrue
