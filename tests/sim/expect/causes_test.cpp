#include "sim/expect/causes.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/sim/expect/round_platform.hpp"

namespace ringtrue::expect {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;
using testing::all_reduce;
using testing::round_machine;
using testing::round_platform;

const nccl::Call one_GB = all_reduce({1'000'000'000});  // 20 us + 3515.625 us of NVLS
constexpr double wire_us = 3515.625;

std::vector<Cause> causes_of(const nccl::Call& call) {
  return known_causes(expectation_of(call, round_platform()), round_machine());
}

std::optional<Cause> cause_of(const nccl::Call& call, const std::string& id) {
  const std::vector<Cause> causes = causes_of(call);
  const auto found = std::ranges::find(causes, id, &Cause::id);
  return found == causes.end() ? std::nullopt : std::optional(*found);
}

void check_cause(const nccl::Call& call, const std::string& id, double us) {
  CAPTURE(id);
  const std::optional<Cause> cause = cause_of(call, id);
  REQUIRE(cause);
  CHECK(cause->computed());
  CHECK_THAT(cause->least.count() * 1e6, WithinRel(us, 1e-6));
}

TEST_CASE("units, sizes and bandwidths that were mixed up") {
  const double expected_us = 20 + wire_us;
  check_cause(one_GB, "time_1000_too_large", expected_us * 1000);
  check_cause(one_GB, "time_1000_too_small", expected_us / 1000);
  check_cause(one_GB, "binary_for_decimal", 20 + wire_us * 1.073741824);
  check_cause(one_GB, "decimal_for_binary", 20 + wire_us / 1.073741824);
  check_cause(one_GB, "busbw_taken_for_algbw", expected_us / 1.75);  // 2 x 7/8
  check_cause(one_GB, "algbw_taken_for_busbw", expected_us * 1.75);
  check_cause(one_GB, "elements_of_4_bytes", 20 + wire_us * 4);
  check_cause(one_GB, "elements_of_2_bytes", 20 + wire_us * 2);
  check_cause(all_reduce({100'000'000}), "binary_for_decimal", 20 + wire_us / 10 * 1.048576);  // MiB
}

TEST_CASE("bytes of one rank and of all, where the two differ") {
  nccl::Call call = all_reduce({1'000'000'000});
  call.collective = Collective::all_gather;
  call.algorithm = Algorithm::ring;
  call.protocol = Protocol::simple;
  check_cause(call, "bytes_per_rank", 10 + 8e9 * 7 / 8 / 400e3);
  check_cause(call, "bytes_multiplied", 10 + 1.25e8 * 7 / 8 / 400e3);
  CHECK_FALSE(cause_of(one_GB, "bytes_per_rank"));
}

TEST_CASE("launches matter to small messages only") {
  // A process a GPU: 6 + 14 x 1 us of LL, 1 us of launch. One process: 7 more launches of 4 us. A graph: none.
  check_cause(all_reduce(1_KiB), "one_process", 48);
  check_cause(all_reduce(1_KiB), "cuda_graph", 20 + 1024 * 1.75 / 141e3);
  CHECK_FALSE(cause_of(all_reduce(1_KiB), "process_per_gpu"));  // as is expected
  CHECK_FALSE(cause_of(one_GB, "one_process"));
  nccl::Call call = all_reduce(1_KiB);
  call.launch = LaunchMode::one_process;
  check_cause(call, "process_per_gpu", 21);
}

TEST_CASE("other algorithms and protocols, NVLS off by its name") {
  check_cause(one_GB, "nvls_off", 10 + 1.75e9 / 400e3);
  check_cause(one_GB, "ring/ll_taken", 20 + 1.75e9 / 141e3);
  check_cause(one_GB, "ring/ll128_taken", 42 + 1.75e9 / (0.92 * 400e3));
  CHECK_FALSE(cause_of(one_GB, "nvls/simple_taken"));
  nccl::Call ring = one_GB;
  ring.algorithm = Algorithm::ring;
  check_cause(ring, "nvls/simple_taken", 20 + wire_us);
  CHECK_FALSE(cause_of(ring, "nvls_off"));
}

TEST_CASE("links that are down, and PCIe instead") {
  check_cause(one_GB, "links_9", 20 + wire_us * 10 / 9);
  check_cause(one_GB, "links_6", 20 + wire_us * 10 / 6);
  check_cause(one_GB, "links_5", 20 + wire_us * 2);
  const std::optional<Cause> pcie = cause_of(one_GB, "pcie");
  REQUIRE(pcie);
  CHECK_FALSE(pcie->computed());
  CHECK_THAT(pcie->least.count() * 1e6, WithinRel(10 + 1.75e9 / 63e3, 1e-9));
  CHECK_THAT(pcie->most.count() * 1e6, WithinRel(10 + 1.75e9 / 7.9e3, 1e-9));
  CHECK_FALSE(cause_of(all_reduce(1_KiB), "pcie"));
  CHECK_FALSE(cause_of(all_reduce(1_KiB), "links_5"));
}

TEST_CASE("between nodes: cards, but no links; launches hide behind a large message") {
  nccl::Call call = all_reduce({1'000'000'000}, 16, 2);
  call.algorithm = Algorithm::ring;
  call.protocol = Protocol::simple;
  // base 10 us, 26 steps of 3.4 us inside, 4 of 10 us between, 1.875e9 B over 8 cards of 50 GB/s
  const double fixed = 10 + 26 * 3.4 + 4 * 10, wire = 1.875e9 / 400e3;
  check_cause(call, "cards_7", fixed + wire * 8 / 7);
  check_cause(call, "cards_4", fixed + wire * 2);
  check_cause(call, "cards_1", fixed + wire * 8);
  const std::optional<Cause> through_host = cause_of(call, "rdma_off");
  REQUIRE(through_host);
  CHECK(through_host->most > through_host->least);
  CHECK_FALSE(cause_of(call, "links_9"));
  CHECK_FALSE(cause_of(call, "one_process"));
  CHECK_FALSE(cause_of(one_GB, "cards_4"));
}

TEST_CASE("rules of thumb: cold starts of small messages, sharing of any") {
  CHECK(cause_of(all_reduce(1_KiB), "cold"));
  CHECK_FALSE(cause_of(one_GB, "cold"));
  REQUIRE(cause_of(one_GB, "shared"));
  CHECK_THAT(cause_of(one_GB, "shared")->what, Contains("nvidia-smi"));
}

}  // namespace
}  // namespace ringtrue::expect
