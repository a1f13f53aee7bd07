#pragma once

#include <string>
#include <string_view>

#include "experiment/units.hpp"
#include "sim/nccl/tuner.hpp"

namespace ringtrue::expect {

/// Reads "4.6ms", "812 us", "0.2 s", "950ns"; a bare number is refused. `where` opens the error message. Throws Error.
Seconds parse_time(std::string_view text, std::string_view where);

/// Four digits and the unit that suits: "4.600 ms", "12.31 us".
std::string time_text(Seconds time);
/// "437.2 GB/s"
std::string rate_text(Bandwidth rate);
/// As to_string if that is short, else rounded: "1.41 MiB".
std::string size_text(Bytes bytes);
/// "nvls/simple"; "direct" has no protocols.
std::string choice_text(nccl::Choice choice);
/// "all_reduce of 1 GiB, 8 GPUs on 1 node"
std::string question_text(const nccl::Call& call);

}  // namespace ringtrue::expect
