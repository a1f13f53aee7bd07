// What holds for every size, scale and choice, whatever the parameters: time grows, and nothing is faster than its
// wires.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/sim/nccl/machines.hpp"

namespace ringtrue::nccl {
namespace {

using namespace testing;

struct Scale {
  int gpus, nodes;
};
const std::vector<Scale> one_node{{2, 1}, {4, 1}, {6, 1}, {8, 1}};
const std::vector<Scale> all_scales{{2, 1}, {4, 1}, {6, 1}, {8, 1}, {16, 2}, {32, 4}, {64, 8}};

struct Forced {
  Collective collective;
  Choice choice;
};

const std::vector<Forced> all_forced{{Collective::all_reduce, ring_ll},
                                     {Collective::all_reduce, ring_ll128},
                                     {Collective::all_reduce, ring_simple},
                                     {Collective::all_reduce, tree_ll},
                                     {Collective::all_reduce, tree_ll128},
                                     {Collective::all_reduce, tree_simple},
                                     {Collective::all_reduce, nvls},
                                     {Collective::all_gather, ring_ll},
                                     {Collective::all_gather, ring_ll128},
                                     {Collective::all_gather, ring_simple},
                                     {Collective::reduce_scatter, ring_ll},
                                     {Collective::reduce_scatter, ring_ll128},
                                     {Collective::reduce_scatter, ring_simple},
                                     {Collective::broadcast, ring_ll},
                                     {Collective::broadcast, ring_simple},
                                     {Collective::all_to_all, direct},
                                     {Collective::send_recv, direct}};

const std::vector<std::optional<LaunchMode>> launches{std::nullopt, LaunchMode::one_process,
                                                      LaunchMode::process_per_gpu, LaunchMode::cuda_graph};

Call at(const Forced& forced, Bytes bytes, Scale scale, std::optional<LaunchMode> launch) {
  Call asked = call(bytes, scale.gpus, scale.nodes, forced.collective);
  asked.launch = launch;
  return asked;
}

std::string name_of(const Forced& forced, Scale scale) {
  return std::string(to_string(forced.collective)) + ' ' + std::string(to_string(forced.choice.algorithm)) + '/' +
         std::string(to_string(forced.choice.protocol)) + ' ' + std::to_string(scale.gpus);
}

double busbw_GBps(const Call& asked, Choice choice, const Machine& m) {
  return sent_bytes(asked) / time_of(asked, choice, m).count() * 1e-9;
}

TEST_CASE("more bytes never take less time") {
  const Machine m = hgx_h100();
  for (const Forced& forced : all_forced)
    for (const Scale scale : all_scales)
      for (const auto launch : launches) {
        INFO(name_of(forced, scale));
        double before = 0;
        bool ascends = true;
        for (const Bytes bytes : powers_of_two()) {
          const double now = microseconds(at(forced, bytes, scale, launch), forced.choice, m);
          ascends = ascends && now >= before;
          before = now;
        }
        CHECK(ascends);
      }
}

TEST_CASE("more GPUs of a node never take less time, but by NVLS") {
  const Machine m = hgx_h100();
  for (const Forced& forced : all_forced) {
    if (forced.choice == nvls) continue;
    for (const auto launch : launches)
      for (const Bytes bytes : powers_of_two()) {
        INFO(name_of(forced, {0, 1}) << ' ' << bytes.count << " B");
        double before = 0;
        bool ascends = true;
        for (const Scale scale : one_node) {
          const double now = microseconds(at(forced, bytes, scale, launch), forced.choice, m);
          ascends = ascends && now >= before;
          before = now;
        }
        CHECK(ascends);
      }
  }
}

TEST_CASE("more GPUs are faster by NVLS: each multicasts less of the result") {
  // S (1 + 1/p): 1.5 S at two GPUs, 1.125 S at eight; latency and jitter know no number of GPUs.
  const Machine m = hgx_h100();
  for (std::size_t i = 1; i < one_node.size(); ++i)
    CHECK(microseconds(call(1024_MiB, one_node[i].gpus), nvls, m) <
          microseconds(call(1024_MiB, one_node[i - 1].gpus), nvls, m));
}

TEST_CASE("more nodes never take less time") {
  const Machine m = hgx_h100();
  for (const Forced& forced : all_forced)
    for (const Bytes bytes : powers_of_two())
      for (const Scale scale : {Scale{16, 2}, Scale{32, 4}}) {
        INFO(name_of(forced, scale) << ' ' << bytes.count << " B");
        const Scale twice{2 * scale.gpus, 2 * scale.nodes};
        CHECK(microseconds(at(forced, bytes, scale, {}), forced.choice, m) <=
              microseconds(at(forced, bytes, twice, {}), forced.choice, m));
      }
}

TEST_CASE("nothing is faster than its wires") {
  for (const Machine& m : {hgx_h100(), round_machine()})
    for (const Forced& forced : all_forced)
      for (const Scale scale : all_scales)
        for (const Bytes bytes : powers_of_two()) {
          INFO(name_of(forced, scale) << ' ' << bytes.count << " B");
          const Call asked = at(forced, bytes, scale, LaunchMode::cuda_graph);
          CHECK(bandwidth_bound(asked, forced.choice, m) <= time_of(asked, forced.choice, m));
        }
}

TEST_CASE("no bus is busier than its links, its cards or its protocol allow") {
  // 18 links of 20.6 GB/s at most; between nodes a ring spares one of eight GPUs' links at each crossing.
  const Machine m = hgx_h100();
  const double links = 18 * m.parameters[Quantity::link_bandwidth].value;
  const double cards = 8 * m.parameters[Quantity::nic_bandwidth].value;
  REQUIRE(links < 18 * 20.6);
  for (const Scale scale : all_scales) {
    const double bus = scale.nodes == 1 ? links : std::min(links * 8 / 7, cards);
    const double ll = scale.nodes == 1 ? 141 : scale.nodes == 2 ? 39 : 20.4;
    for (const Forced& forced : all_forced) {
      if (forced.choice == nvls) continue;
      INFO(name_of(forced, scale));
      const double most = forced.choice.protocol == Protocol::ll      ? std::min(ll, bus / 2)
                          : forced.choice.protocol == Protocol::ll128 ? 0.92 * bus
                                                                      : bus;
      CHECK(busbw_GBps(at(forced, 16384_MiB, scale, {}), forced.choice, m) < most);
    }
  }
}

TEST_CASE("NVLS is busier than links by what the switch saves, and not more") {
  // A GPU sends S (1 + 1/p) where busbw counts 2 S (p-1)/p: at eight GPUs 14/9 of the links.
  const Machine m = hgx_h100();
  const double links = 18 * m.parameters[Quantity::link_bandwidth].value;
  for (const Scale scale : one_node) {
    const double p = scale.gpus;
    CHECK(busbw_GBps(call(16384_MiB, scale.gpus), nvls, m) < links * 2 * (p - 1) / (p + 1));
  }
  CHECK(busbw_GBps(call(16384_MiB, 8), nvls, m) > links);
}

}  // namespace
}  // namespace ringtrue::nccl
