// ASTRA-sim's view of a node of GPUs, HGX-H100-validated: equal to what `ringtrue-sim astra` says of the same files,
// and to the closed form of its first example (tests/sim/astra/closed_form_test.cpp).
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "sim/astra/command.hpp"
#include "sim/astra_ring.hpp"
#include "tests/sim/astra/files/folder.hpp"

namespace ringtrue {
namespace {

/// 400 of ASTRA-sim's GB/s, which are 2^30 bytes a second.
constexpr AstraSwitch hgx_h100_validated{.latency = Seconds{936.25e-9},
                                         .bandwidth = {400.0 * (1 << 30)},
                                         .memory = {3350e9},
                                         .endpoint_delay_ns = 10,
                                         .chunks = 4,
                                         .active_chunks = 2};

double switch_cycles(Collective collective, Bytes bytes, int ranks) {
  return astra_switch_time(collective, bytes, ranks, hgx_h100_validated).count() * 1e9;
}

void write_files(const astra::testing::Folder& folder, int ranks) {
  folder.write(
      "network.yml",
      fmt::format("topology: [ Switch ]\nnpus_count: [ {} ]\nbandwidth: [ 400.0 ]\nlatency: [ 936.25 ]\n", ranks));
  folder.write("system.json",
               R"({"endpoint-delay": 10, "active-chunks-per-dimension": 2, "preferred-dataset-splits": 4,
                   "all-reduce-implementation": ["ring"], "all-gather-implementation": ["ring"],
                   "reduce-scatter-implementation": ["ring"], "all-to-all-implementation": ["ring"],
                   "local-mem-bw": 3350})");
}

TEST_CASE("a node of GPUs takes as long as `ringtrue-sim astra` says of its files") {
  const int ranks = GENERATE(2, 4, 8);
  const Bytes bytes = GENERATE(64_KiB, 1_MiB, 64_MiB);
  const astra::testing::Folder folder("astra_switch_test");
  write_files(folder, ranks);
  const auto asked = [&](const std::string& collective, Bytes comm_size) {
    astra::Request request;
    request.network = folder.path("network.yml");
    request.system = folder.path("system.json");
    request.collective = collective;
    request.bytes = fmt::format("{} B", comm_size.count);
    return static_cast<double>(astra::run(request).cycles_max);
  };
  const auto equals = [](double cycles) { return Catch::WithinAbs(cycles, 1e-3); };
  CHECK_THAT(switch_cycles(Collective::all_reduce, bytes, ranks), equals(asked("all_reduce", bytes)));
  CHECK_THAT(switch_cycles(Collective::reduce_scatter, bytes, ranks), equals(asked("reduce_scatter", bytes)));
  // Its comm_size of an all_gather is what one rank gives; nccl-tests counts what each has in the end.
  CHECK_THAT(switch_cycles(Collective::all_gather, bytes, ranks), equals(asked("all_gather", {bytes.count / ranks})));
}

TEST_CASE("1 MiB All-Reduce on eight GPUs takes the 57,426 cycles of ASTRA-sim's example") {
  CHECK_THAT(switch_cycles(Collective::all_reduce, 1_MiB, 8), Catch::WithinAbs(57'426, 1e-3));
}

TEST_CASE("an All-Reduce is a reduce-scatter and an all_gather of the same bytes, but for starting a chunk twice") {
  // All three are bound by their steps at 64 KiB: two rounds of e + steps (hop + e), where e = 10.
  const double both =
      switch_cycles(Collective::reduce_scatter, 64_KiB, 4) + switch_cycles(Collective::all_gather, 64_KiB, 4);
  CHECK_THAT(both - switch_cycles(Collective::all_reduce, 64_KiB, 4), Catch::WithinAbs(0, 60));
}

TEST_CASE("a node knows rings only, and of what they are made of") {
  for (const Collective c : {Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather})
    CHECK(astra_switch_knows(c));
  for (const Collective c : {Collective::all_to_all, Collective::broadcast, Collective::send_recv})
    CHECK_FALSE(astra_switch_knows(c));
}

}  // namespace
}  // namespace ringtrue
