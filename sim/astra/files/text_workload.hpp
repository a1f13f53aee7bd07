#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/astra/workload.hpp"

namespace ringtrue::astra {

/// What a layer does in one of its three passes: compute, then communicate.
struct TextPass {
  Cycles compute = 0;
  std::string communication;  ///< NONE, ALLREDUCE, ALLGATHER, REDUCESCATTER, ALLTOALL, ALLREDUCEALLTOALL.
  std::uint64_t bytes = 0;
};

struct TextLayer {
  std::string name;
  TextPass forward, input_gradient, weight_gradient;
  Cycles update = 0;  ///< After the weight gradient's collective.
};

/// ASTRA-sim 1.0's text workload. Compute is in cycles of 1 ns.
struct TextWorkload {
  std::string parallelism;
  std::vector<TextLayer> layers;
};

TextWorkload parse_text_workload(std::string_view text, const std::string& where);
TextWorkload read_text_workload(const std::filesystem::path& path);

enum class TextOrder : std::uint8_t {
  /// Forward through all layers; back: weight gradient, its all-reduce without waiting, input gradient (not of the
  /// first layer). The next pass waits for a layer's gradient. What ASTRA-sim 1.0 and Chakra's converter do.
  data_parallel,
  /// Per layer forward, input gradient, weight gradient, all-reduce, each after the other: no overlap. What the
  /// experiments of sarchlab/ml-perf-survey did.
  serial_chain,
};

struct TextConversion {
  TextOrder order = TextOrder::data_parallel;
  bool cycles_as_microseconds = false;  ///< The mistake of Chakra's converter and of that survey: x1000.
  int passes = 1;
};

/// The graph of each rank. Only DATA parallelism. Throws Error.
Graph text_graph(const TextWorkload& workload, const TextConversion& conversion, const std::string& where);

}  // namespace ringtrue::astra
