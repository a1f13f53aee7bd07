#include "sim/nccl/machine.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "tests/sim/nccl/machines.hpp"

namespace ringtrue::nccl {
namespace {

using namespace testing;
using Catch::Contains;
using Catch::Equals;

std::string refused(Call asked, const Machine& m) { return refusal(asked, m); }

Call forced(Algorithm algorithm, Collective collective = Collective::all_reduce,
            std::optional<Protocol> protocol = {}) {
  Call asked = call(1_MiB, 8, 1, collective);
  asked.algorithm = algorithm;
  asked.protocol = protocol;
  return asked;
}

TEST_CASE("every quantity has a name of its own, with its unit") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < quantities; ++i) names.insert(nccl::name_of(static_cast<Quantity>(i)));
  REQUIRE(names.size() == quantities);
  REQUIRE(nccl::name_of(Quantity::link_bandwidth) == "link_GBps");
  REQUIRE(nccl::name_of(Quantity::nvls_jitter) == "nvls_jitter_us_per_sqrt_MiB");
  REQUIRE(nccl::name_of(Quantity::channel_start) == "channel_start_us");
}

TEST_CASE("a call is what the experiment asks on the system") {
  CollectiveRun run;
  run.collective = Collective::all_gather;
  run.algorithm = Algorithm::library;
  run.bytes = 1_MiB;
  run.protocol = Protocol::ll;
  const GpuSystem system{.testbed = "hgx-h100", .nodes = 2, .fabric = "ib8x400Gbps", .launch = LaunchMode::one_process};
  const Call asked = call_of({.workload = run, .ranks = 16}, system);
  REQUIRE(asked.collective == Collective::all_gather);
  REQUIRE(asked.bytes == 1_MiB);
  REQUIRE(asked.gpus == 16);
  REQUIRE(asked.nodes == 2);
  REQUIRE(asked.gpus_per_node() == 8);
  REQUIRE(asked.launch == LaunchMode::one_process);
  REQUIRE(asked.algorithm == Algorithm::library);
  REQUIRE(asked.protocol == Protocol::ll);
}

TEST_CASE("what a ring sends, and in how many steps") {
  const auto steps = [](Collective c) { return steps_of(call(100_B, 4, 1, c)); };
  const auto sent = [](Collective c) { return sent_bytes(call(100_B, 4, 1, c)); };
  REQUIRE(steps(Collective::all_reduce) == 6);
  REQUIRE(steps(Collective::all_gather) == 3);
  REQUIRE(steps(Collective::reduce_scatter) == 3);
  REQUIRE(steps(Collective::broadcast) == 3);
  REQUIRE(steps(Collective::all_to_all) == 1);
  REQUIRE(steps(Collective::send_recv) == 1);
  REQUIRE(sent(Collective::all_reduce) == 150);
  REQUIRE(sent(Collective::all_gather) == 75);
  REQUIRE(sent(Collective::all_to_all) == 75);
  REQUIRE(sent(Collective::broadcast) == 100);
  REQUIRE(sent(Collective::send_recv) == 100);
}

TEST_CASE("GPUs and nodes that the platform does not have are refused with what it has") {
  const Machine m = round_machine();
  REQUIRE(refused(call(1_MiB, 2), m).empty());
  REQUIRE(refused(call(1_MiB, 8), m).empty());
  REQUIRE(refused(call(1_MiB, 64, 8), m).empty());
  REQUIRE_THAT(refused(call(1_MiB, 1), m), Equals("1 GPUs; 2 to 8 are known"));
  REQUIRE_THAT(refused(call(1_MiB, 9), m), Equals("9 GPUs; 2 to 8 are known"));
  REQUIRE_THAT(refused(call(1_MiB, 128, 16), m), Equals("16 nodes; the platform knows at most 8"));
  REQUIRE_THAT(refused(call(1_MiB, 12, 2), m), Contains("12 GPUs on 2 nodes") && Contains("full, of 8 GPUs each"));
}

TEST_CASE("GPUs whose links are not known are refused, also of several nodes") {
  const Machine v100 = hpe_v100();
  REQUIRE_THAT(refused(call(1_MiB, 6), v100), Equals("how many links 6 GPUs of a node use is not known"));
  Machine m = round_machine();
  m.links = {{.gpus = 4, .links = 4}};
  REQUIRE(refused(call(1_MiB, 4), m).empty());
  REQUIRE_THAT(refused(call(1_MiB, 16, 2), m), Equals("how many links 8 GPUs of a node use is not known"));
}

TEST_CASE("algorithms that NCCL does not have, or not for the collective, are refused") {
  const Machine m = round_machine();
  for (const Algorithm algorithm : {Algorithm::halving_doubling, Algorithm::direct, Algorithm::library_ring})
    REQUIRE_THAT(refused(forced(algorithm), m), Equals("NCCL has no " + std::string(to_string(algorithm))));
  REQUIRE(refused(forced(Algorithm::double_binary_tree), m).empty());
  REQUIRE(refused(forced(Algorithm::nvls), m).empty());
  for (const Collective c : {Collective::all_gather, Collective::reduce_scatter, Collective::broadcast}) {
    REQUIRE(refused(forced(Algorithm::ring, c), m).empty());
    REQUIRE_THAT(refused(forced(Algorithm::double_binary_tree, c), m), Contains("an all_reduce only"));
    REQUIRE_THAT(refused(forced(Algorithm::nvls, c), m), Contains("all_reduce only"));
  }
  for (const Collective c : {Collective::all_to_all, Collective::send_recv}) {
    REQUIRE(refused(forced(Algorithm::library, c), m).empty());
    REQUIRE_THAT(refused(forced(Algorithm::ring, c), m), Contains("no ring of it"));
  }
  REQUIRE_THAT(refused(forced(Algorithm::nvls), hpe_v100()), Contains("the switch of this system does not reduce"));
}

TEST_CASE("NVLS has the protocol Simple only") {
  const Machine m = round_machine();
  REQUIRE(refused(forced(Algorithm::nvls, Collective::all_reduce, Protocol::simple), m).empty());
  for (const Protocol protocol : {Protocol::ll, Protocol::ll128})
    REQUIRE_THAT(refused(forced(Algorithm::nvls, Collective::all_reduce, protocol), m), Contains("simple only"));
}

TEST_CASE("without a tuner the library's choice is not known") {
  Call asked = call(1_MiB, 4);
  asked.algorithm = Algorithm::library;
  REQUIRE_THAT(refused(asked, hpe_v100()), Contains("is not known"));
  asked.algorithm = Algorithm::ring;
  REQUIRE(refused(asked, hpe_v100()).empty());
}

TEST_CASE("outside of what was fitted a prediction is extrapolated") {
  Machine m = round_machine();
  m.covers = {.gpus = {2, 4}, .collectives = {Collective::all_reduce}, .least = 1_KiB, .most = 1024_MiB};
  REQUIRE_FALSE(is_extrapolated(call(1_KiB, 2), m));
  REQUIRE_FALSE(is_extrapolated(call(1024_MiB, 4), m));
  REQUIRE(is_extrapolated(call(1023_B, 2), m));
  REQUIRE(is_extrapolated(call({(std::int64_t{1} << 30) + 1}, 2), m));
  REQUIRE(is_extrapolated(call(1_MiB, 8), m));
  REQUIRE(is_extrapolated(call(1_MiB, 4, 1, Collective::all_gather), m));
}

}  // namespace
}  // namespace ringtrue::nccl
