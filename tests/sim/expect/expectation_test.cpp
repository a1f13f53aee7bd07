#include "sim/expect/expectation.hpp"

#include <catch2/catch.hpp>

#include "tests/sim/expect/round_platform.hpp"

namespace ringtrue::expect {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;
using testing::all_reduce;
using testing::round_machine;
using testing::round_platform;

void check_us(Seconds time, double us) { CHECK_THAT(time.count() * 1e6, WithinRel(us, 1e-9)); }

TEST_CASE("1 GB over NVLS: latency and wire") {
  const Expectation e = expectation_of(all_reduce({1'000'000'000}), round_platform());
  REQUIRE(e.choice == nccl::Choice{Algorithm::nvls, Protocol::simple});
  // 20 us + 1e9 B x 9/8 / 320 GB/s = 20 + 3515.625 us
  check_us(e.time, 3535.625);
  check_us(e.bound, 2812.5);  // 1.125e9 B / 400 GB/s
  CHECK_THAT(e.parts.start.count() * 1e6, WithinRel(20.0, 1e-6));
  CHECK_THAT(e.parts.wire.count() * 1e6, WithinRel(3515.625, 1e-6));
  CHECK(e.extrapolated.empty());
  REQUIRE(e.runner_up);
  CHECK(e.runner_up->choice == nccl::Choice{Algorithm::ring, Protocol::simple});
  check_us(e.runner_up->time, 10 + 1.75e9 / 400e3);
}

TEST_CASE("a small message of one process waits for the launches, and the parts add up") {
  nccl::Call call = all_reduce(1_KiB);
  call.launch = LaunchMode::one_process;
  const Expectation e = expectation_of(call, round_platform({"published|s|k|round.h1.nvswitch.one_process|||0"}));
  REQUIRE(e.choice.protocol == Protocol::ll);
  check_us(e.time, 6 + 14 * 1 + 7 * 4);  // base, 2(p-1) steps, 7 further launches
  // The kernel alone also waits for its bytes, 1024 x 1.75 / 141 GB/s: the launches add what that does not hide.
  const double wire = 1024 * 1.75 / 141e3;
  check_us(e.parts.launch, 28 - wire);
  const Parts& p = e.parts;
  CHECK_THAT((p.launch + p.channels + p.jitter + p.wire + p.start).count(), WithinRel(e.time.count(), 1e-12));
  CHECK(e.extrapolated.empty());
}

TEST_CASE("jitter and channels are parts of their own") {
  Platform platform = round_platform();
  auto& machine = std::get<nccl::Machine>(platform.machine);
  machine.parameters[nccl::Quantity::nvls_jitter].value = 3;
  const Expectation large = expectation_of(all_reduce(1024_MiB), platform);
  check_us(large.parts.jitter, 3 * 32);  // per square root of MiB
  machine.parameters[nccl::Quantity::channel_start].value = 5;
  const Expectation small = expectation_of(all_reduce(64_KiB), platform);
  CHECK(small.parts.channels > Seconds{0});
  CHECK(small.parts.channels < Seconds{5e-6});
}

TEST_CASE("the choice is another just beyond the knees, and the same just before") {
  const nccl::Machine machine = round_machine();
  nccl::Call call = all_reduce(64_MiB, 4);
  const Expectation e = expectation_of(call, round_platform());
  REQUIRE(e.below);
  call.bytes = e.below->bytes;
  CHECK(choose(call, machine) == e.below->choice);
  CHECK(e.below->choice != e.choice);
  call.bytes.count += 1;
  CHECK(choose(call, machine) == e.choice);
  call.bytes = 1_KiB;
  const Expectation small = expectation_of(call, round_platform());
  CHECK_FALSE(small.below);
  REQUIRE(small.above);
  call.bytes = small.above->bytes;
  CHECK(choose(call, machine) == small.above->choice);
  call.bytes.count -= 1;
  CHECK(choose(call, machine) == small.choice);
}

TEST_CASE("what is forced has neither runner-up nor knees") {
  nccl::Call call = all_reduce(1_MiB);
  call.algorithm = Algorithm::ring;
  call.protocol = Protocol::ll;
  const Expectation e = expectation_of(call, round_platform());
  CHECK(e.choice == nccl::Choice{Algorithm::ring, Protocol::ll});
  CHECK_FALSE(e.runner_up);
  CHECK_FALSE(e.above);
  call.protocol.reset();
  for (const Alternative& other : alternatives(call, round_machine())) CHECK(other.choice.algorithm == Algorithm::ring);
  CHECK(alternatives(call, round_machine()).size() == 3);
}

TEST_CASE("each reason to call a prediction extrapolated") {
  const auto reasons = [](const nccl::Call& call, std::vector<std::string> fitted_on = {}) {
    return expectation_of(call, round_platform(std::move(fitted_on))).extrapolated;
  };
  REQUIRE(reasons(all_reduce(512_B)).size() == 1);
  CHECK_THAT(reasons(all_reduce(512_B)).front(), Contains("512 B") && Contains("1 KiB to 4 GiB"));
  CHECK_THAT(reasons(all_reduce(1_MiB, 6)).front(), Contains("6 GPUs") && Contains("2, 4, 8, 16"));
  nccl::Call call = all_reduce(1_MiB);
  call.collective = Collective::broadcast;
  CHECK_THAT(reasons(call).front(), Contains("broadcast") && Contains("all_gather"));
  call = all_reduce(1_MiB);
  call.launch = LaunchMode::cuda_graph;
  CHECK_THAT(reasons(call, {"published|s|k|round.h1.nvswitch.one_process|||0"}).front(), Contains("cuda_graph"));
  CHECK(reasons(call).empty());  // fitted on nothing: no launch mode is less known than another
}

}  // namespace
}  // namespace ringtrue::expect
