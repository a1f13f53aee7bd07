#pragma once

#include <vector>

#include "validate/join/measured.hpp"

namespace ringtrue {

/// Our ring against the MPI library's, per system, ranks and baseline: rows of equal bytes, type and place, launch by
/// launch where both ran in the same machine state. The geomean is over 64 KiB to 64 MiB; a scale without such rows is
/// left out.
std::vector<RingRatio> ring_ratios(const Campaign& campaign);

}  // namespace ringtrue
