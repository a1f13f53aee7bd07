#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue::testing {

// Output of nccl-tests in the layouts of its versions; every number is invented.

inline const std::string log_settings =
    "# nThread 1 nGpus 2 minBytes 8 maxBytes 64 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 "
    "graph: 0\n#\n# Using devices\n";

inline std::string log_device(int rank, int process, const std::string& node) {
  return fmt::format("#  Rank {:2} Group  0 Pid {:6} on {:>10} device {:2} [0000:{:02}:00] NVIDIA H100 80GB HBM3\n",
                     rank, process, node, rank % 8, rank);
}

/// Two GPUs of one process on one host.
inline const std::string one_process = log_settings + log_device(0, 77, "node-a") + log_device(1, 77, "node-a");

inline const std::string starting =
    "# nccl-tests version 2.18.3 nccl-headers=22900 nccl-library=22902\n"
    "# Collective test starting: all_reduce_perf\n";

inline const std::string log_columns =
    "#\n#                                                              out-of-place                       in-place\n"
    "#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  "
    "#wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)\n";

inline const std::string log_footer = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 1.5\n#\n";

inline std::string log_row(int bytes, const std::string& out_of_place_us, const std::string& in_place_us,
                           const std::string& wrong = "0") {
  return fmt::format(
      "  {:10}  {:10}     float     sum      -1  {:>7}    0.00    0.00  {:>6}  {:>7}    0.00    0.00  {:>6}\n", bytes,
      bytes / 4, out_of_place_us, wrong, in_place_us, wrong);
}

/// All-Reduce of 8 and 64 bytes over two GPUs of one process.
inline const std::string whole_log =
    starting + one_process + log_columns + log_row(8, "20.5", "21.5") + log_row(64, "22.5", "23.5") + log_footer;

inline std::string with(std::string text, const std::string& old_part, const std::string& new_part) {
  const std::size_t found = text.find(old_part);
  if (found == std::string::npos) throw std::runtime_error("not in the text: " + old_part);
  return text.replace(found, old_part.size(), new_part);
}

/// What `action` complains of.
template <class Action>
std::string complaint(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace ringtrue::testing
