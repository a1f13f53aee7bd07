#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/astra/workload.hpp"

namespace ringtrue::astra {

/// One rank's execution trace.
struct Trace {
  Graph graph{};
  bool lists_tensors = false;  ///< Every node has the attributes inputs and outputs.
};

/// Chakra's execution trace (see chakra.proto). Durations are microseconds. Every way in which ASTRA-sim would silently
/// run something else is refused. Throws Error naming file, byte and node.
Trace parse_chakra(std::string_view bytes, int rank, const std::string& where);

struct Traces {
  Workload workload{};  ///< Without groups. Graphs that are equal but for their ids are stored once.
  bool list_tensors = true;
  std::vector<std::string> warnings;
};

/// PREFIX.0.et, PREFIX.1.et, ...: one per NPU. More of them than NPUs are an Error, or a warning if `ignore_extra`.
Traces read_chakra(const std::filesystem::path& prefix, std::int64_t npus, bool ignore_extra);

/// The file that parse_chakra reads back as this graph. Durations have to be whole microseconds.
std::string chakra_bytes(const Graph& graph);

}  // namespace ringtrue::astra
