#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/suite.hpp"

namespace ringtrue {

/// What we have to know of the --benchmark_* flags ourselves.
struct BenchmarkFlags {
  bool list_tests = false;
  int repetitions = 1;
  std::optional<Seconds> min_time;

  /// A suite's budget with the user's minimum time.
  RowBudget apply(RowBudget budget) const;
};

/// Hands the flags to Google Benchmark; ranks other than 0 get no output file. Throws Error for an unknown flag and for
/// --benchmark_enable_random_interleaving.
BenchmarkFlags initialize_benchmark(const std::vector<std::string>& flags, bool writes);

}  // namespace ringtrue
