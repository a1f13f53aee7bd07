#include "bench/benchmark_flags.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

constexpr std::array allowed_flags{"benchmark_list_tests",
                                   "benchmark_filter",
                                   "benchmark_min_time",
                                   "benchmark_repetitions",
                                   "benchmark_report_aggregates_only",
                                   "benchmark_display_aggregates_only",
                                   "benchmark_format",
                                   "benchmark_out",
                                   "benchmark_out_format",
                                   "benchmark_color",
                                   "benchmark_counters_tabular",
                                   "benchmark_context",
                                   "benchmark_time_unit"};

struct Flag {
  std::string name;
  std::string value;
};

Flag split(const std::string& text) {
  const std::size_t equals = text.find('=');
  return {.name = text.substr(2, equals == std::string::npos ? equals : equals - 2),
          .value = equals == std::string::npos ? "true" : text.substr(equals + 1)};
}

double positive(const Flag& flag) {
  double value = 0;
  const char* end = flag.value.data() + flag.value.size();
  const auto [stop, error] = std::from_chars(flag.value.data(), end, value);
  const bool whole = stop == end || std::string_view(stop, static_cast<std::size_t>(end - stop)) == "s";
  if (error == std::errc{} && whole && value > 0 && value < 1e6) return value;
  throw Error(fmt::format("--{}={}: takes a positive number, for example --{}=2", flag.name, flag.value, flag.name));
}

void require_allowed(const Flag& flag) {
  if (flag.name == "benchmark_enable_random_interleaving")
    throw Error(
        "--benchmark_enable_random_interleaving: refused, because each rank would shuffle by itself and ranks in "
        "different rows deadlock; ringtrue-bench shuffles rows the same way on all ranks, by --launch");
  if (std::ranges::find(allowed_flags, flag.name) == allowed_flags.end())
    throw Error(fmt::format("--{}: not a flag that ringtrue-bench passes on; allowed: --{}", flag.name,
                            fmt::join(allowed_flags, ", --")));
}

}  // namespace

RowBudget BenchmarkFlags::apply(RowBudget budget) const {
  if (!min_time) return budget;
  budget.min_time = *min_time;
  budget.max_time = std::max(budget.max_time, *min_time);
  return budget;
}

BenchmarkFlags initialize_benchmark(const std::vector<std::string>& flags, bool writes) {
  BenchmarkFlags known;
  // Google Benchmark calls a row again until it has run this long; one call is enough, our own stopping rule has
  // decided.
  std::vector<std::string> passed{"--benchmark_min_time=1e-9"};
  for (const std::string& text : flags) {
    const Flag flag = split(text);
    require_allowed(flag);
    if (flag.name == "benchmark_list_tests") known.list_tests = flag.value != "false" && flag.value != "0";
    if (flag.name == "benchmark_repetitions") known.repetitions = static_cast<int>(positive(flag));
    if (flag.name == "benchmark_min_time") {
      known.min_time = Seconds{positive(flag)};
      continue;
    }
    if (writes || !flag.name.starts_with("benchmark_out")) passed.push_back(text);
  }
  static char program[] = "ringtrue-bench";  // Google Benchmark keeps the pointer
  std::vector<char*> arguments{program};
  for (std::string& text : passed) arguments.push_back(text.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (count > 1) throw Error(fmt::format("{}: Google Benchmark does not know this flag", arguments[1]));
  return known;
}

}  // namespace ringtrue
