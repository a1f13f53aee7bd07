#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/astra/simulate.hpp"

namespace ringtrue::astra {

/// What the command line asks for; empty strings are options that were not given.
struct Request {
  std::string network, system;  ///< Files.
  std::string workload;         ///< Prefix of Chakra traces, or a v1.0 text file.
  std::string collective;       ///< Instead of a workload: one collective on all ranks ...
  std::string bytes;            ///< ... with this comm_size, e.g. 1MiB.
  std::string comm_group;       ///< File.
  std::string remote_memory;    ///< File; only without remote memory.
  std::string backend = "congestion_aware";
  std::string path = "auto";
  int queues_per_dim = 1;
  double injection_scale = 1;
  int passes = 1;                       ///< Of a text workload.
  bool serial_chain = false;            ///< Of a text workload: no overlap.
  bool cycles_as_microseconds = false;  ///< Of a text workload.
  bool ignore_extra_traces = false;
};

/// Reads the files and simulates. Throws Error.
Prediction run(const Request& request);

/// One line of JSON. `cycles` is left out above 4,096 NPUs.
std::string json_text(const Prediction& prediction);
/// A table to read; warnings are not in it.
std::string table_text(const Prediction& prediction, const Request& request);

}  // namespace ringtrue::astra
