#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// The collective that a text names, whatever its case, `_` and `-`: all_reduce_perf, AllReduce-4gpus.log, alltoall.
/// Nothing if it names none that we know, or several.
std::optional<Collective> collective_named(std::string_view text);

/// float is float32, double float64; nothing for types that no experiment of ours has.
std::optional<DataType> data_type_named(std::string_view type);

/// What NCCL_ALGO forces on a collective: Ring, Tree and NVLS where NCCL has them; nothing for other values. Where it
/// has no say (alltoall, sendrecv), `library`.
std::optional<Algorithm> algorithm_forced(std::string_view value, Collective collective);
/// What NCCL_PROTO forces: LL, LL128 or Simple; nothing for other values.
std::optional<Protocol> protocol_forced(std::string_view value);

/// A word of a system_id: letters, digits, `-` and `_`. Throws Error.
std::string system_word(const std::string& word, const std::string& where);

}  // namespace ringtrue
