#include "bench/benchmark_flags.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("random interleaving is refused with the reason") {
  REQUIRE_THROWS_WITH(initialize_benchmark({"--benchmark_enable_random_interleaving=true"}, true),
                      Contains("deadlock"));
}

TEST_CASE("an unknown flag is refused with the known ones") {
  REQUIRE_THROWS_WITH(initialize_benchmark({"--benchmark_filtr=x"}, true),
                      Contains("benchmark_filtr") && Contains("--benchmark_filter"));
}

TEST_CASE("numbers are checked") {
  REQUIRE_THROWS_WITH(initialize_benchmark({"--benchmark_min_time=abc"}, true),
                      Contains("abc") && Contains("positive number"));
  REQUIRE_THROWS_WITH(initialize_benchmark({"--benchmark_repetitions=0"}, true), Contains("positive number"));
}

TEST_CASE("what we need to know is read") {
  const BenchmarkFlags flags =
      initialize_benchmark({"--benchmark_min_time=2s", "--benchmark_repetitions=3", "--benchmark_list_tests"}, true);
  REQUIRE(flags.list_tests);
  REQUIRE(flags.repetitions == 3);
  REQUIRE(flags.min_time == Seconds{2});
}

TEST_CASE("a minimum time above the budget's maximum raises it") {
  const BenchmarkFlags flags{.list_tests = false, .repetitions = 1, .min_time = Seconds{2}};
  const RowBudget budget = flags.apply({.min_time = Seconds{0.1},
                                        .max_time = Seconds{0.5},
                                        .min_iterations = 1,
                                        .max_iterations = 10,
                                        .precision = 0.1});
  REQUIRE(budget.min_time == Seconds{2});
  REQUIRE(budget.max_time == Seconds{2});
  REQUIRE(BenchmarkFlags{}.apply({}).max_time == RowBudget{}.max_time);
}

}  // namespace
}  // namespace ringtrue
