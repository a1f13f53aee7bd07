#include "validate/ring_ratio.hpp"

#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/validate/campaign.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::WithinAbs;

namespace {

constexpr double fast = 1e-7;
constexpr double slow = 3e-7;

std::vector<RingRatio> ratios_of(std::vector<Record> records) {
  return ring_ratios(gather_measured(std::vector{file_of("m.jsonl", std::move(records))}, 1));
}

Record library(Bytes bytes, int launch, double time_s, double canary_s = fast) {
  return measured(all_reduce(bytes, 2, Algorithm::library), launch, time_s, canary_s);
}

Record ring(Bytes bytes, int launch, double time_s, double canary_s = fast) {
  return measured(all_reduce(bytes, 2), launch, time_s, canary_s);
}

}  // namespace

TEST_CASE("our ring over the library's: the geomean of 0.5 at 64 KiB and 2 at 64 MiB is 1; 1 KiB does not count") {
  const auto ratios = ratios_of({ring(1_KiB, 0, 1), library(1_KiB, 0, 10), ring(64_KiB, 0, 1), library(64_KiB, 0, 2),
                                 ring(64_MiB, 0, 4), library(64_MiB, 0, 2)});
  REQUIRE(ratios.size() == 1);
  REQUIRE(ratios[0].baseline == "library");
  REQUIRE(ratios[0].by_bytes.size() == 3);
  REQUIRE_THAT(ratios[0].by_bytes[0].second, WithinAbs(0.1, 1e-12));
  REQUIRE_THAT(ratios[0].geomean, WithinAbs(1, 1e-12));
}

TEST_CASE("a launch whose rows ran in different machine states is left out") {
  // Launch 0: 1 s against 2 s, both fast. Launch 1: the library's row ran in the slow state.
  const auto ratios =
      ratios_of({ring(1_MiB, 0, 1), library(1_MiB, 0, 2), ring(1_MiB, 1, 1), library(1_MiB, 1, 9, slow)});
  REQUIRE(ratios.size() == 1);
  REQUIRE_THAT(ratios[0].geomean, WithinAbs(0.5, 1e-12));
}

TEST_CASE("other sizes, ranks or baselines are not mixed") {
  REQUIRE(ratios_of({ring(1_MiB, 0, 1), library(2_MiB, 0, 1)}).empty());
  REQUIRE(ratios_of({ring(1_MiB, 0, 1), measured(all_reduce(1_MiB, 4, Algorithm::library), 0, 1)}).empty());
  REQUIRE(ratios_of(
              {ring(1_MiB, 0, 1), library(1_MiB, 0, 1), measured(all_reduce(1_MiB, 2, Algorithm::library_ring), 0, 1)})
              .size() == 2);
}
