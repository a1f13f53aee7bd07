#pragma once

#include <string>
#include <variant>
#include <vector>

#include "sim/nccl/time.hpp"
#include "sim/platform.hpp"

namespace ringtrue::nccl::testing {

inline void set(Machine& m, Quantity quantity, double value) {
  m.parameters[quantity] = {.value = value, .prior = value, .width = 0, .source = "a round number"};
}

/// Nodes of eight GPUs on a switch, whose every parameter is a small whole number: ten links of 10 GB/s a GPU, eight
/// cards of 25 GB/s a node.
inline Machine round_machine() {
  Machine m{.gpus_per_node = 8,
            .nics_per_node = 8,
            .most_nodes = 8,
            .nvls = true,
            .tuner = true,
            .links = {{.gpus = 0, .links = 10}},
            .parameters = {},
            .covers = {}};
  set(m, Quantity::link_bandwidth, 10);
  set(m, Quantity::ring_bubble, 0.5);
  set(m, Quantity::ring_jitter, 3);
  set(m, Quantity::simple_base, 10);
  set(m, Quantity::simple_doubling, 4);
  set(m, Quantity::ll_base, 5);
  set(m, Quantity::ll_step, 1);
  set(m, Quantity::ll128_base, 8);
  set(m, Quantity::ll128_step, 2);
  set(m, Quantity::nvls_efficiency, 0.8);
  set(m, Quantity::nvls_latency, 20);
  set(m, Quantity::nvls_jitter, 2);
  set(m, Quantity::nic_bandwidth, 25);
  set(m, Quantity::net_ll, 6);
  set(m, Quantity::net_ll128, 7);
  set(m, Quantity::net_simple, 9);
  set(m, Quantity::launch_reducing, 4);
  set(m, Quantity::launch_copying, 3);
  set(m, Quantity::launch_process, 2);
  set(m, Quantity::channel_start, 6);
  return m;
}

/// Of sim/platforms, with what it is fitted to.
inline Platform shipped(const std::string& name) {
  return read_platform_file(std::string(RINGTRUE_SOURCE_DIR) + "/sim/platforms/" + name).platforms.front();
}

inline const Machine& hgx_h100() {
  static const auto machine = std::get<Machine>(shipped("hgx_h100.json").machine);
  return machine;
}
inline const Machine& hpe_v100() {
  static const auto machine = std::get<Machine>(shipped("hpe_v100.json").machine);
  return machine;
}

/// An all_reduce, unless another collective is asked for, on full nodes if there are several.
inline Call call(Bytes bytes, int gpus, int nodes = 1, Collective collective = Collective::all_reduce) {
  return {.collective = collective,
          .bytes = bytes,
          .gpus = gpus,
          .nodes = nodes,
          .launch = LaunchMode::cuda_graph,
          .algorithm = Algorithm::library,
          .protocol = {}};
}

inline double microseconds(const Call& asked, Choice choice, const Machine& m) {
  return time_of(asked, choice, m).count() * 1e6;
}

/// Every message that the published tables have: 8 B to 16 GiB.
inline std::vector<Bytes> powers_of_two(Bytes least = 8_B, Bytes most = 16384_MiB) {
  std::vector<Bytes> all;
  for (Bytes bytes = least; bytes <= most; bytes = {2 * bytes.count}) all.push_back(bytes);
  return all;
}

inline constexpr Choice ring_ll{Algorithm::ring, Protocol::ll}, ring_ll128{Algorithm::ring, Protocol::ll128},
    ring_simple{Algorithm::ring, Protocol::simple}, tree_ll{Algorithm::double_binary_tree, Protocol::ll},
    tree_ll128{Algorithm::double_binary_tree, Protocol::ll128},
    tree_simple{Algorithm::double_binary_tree, Protocol::simple}, nvls{Algorithm::nvls, Protocol::simple},
    direct{Algorithm::direct, Protocol::simple};

}  // namespace ringtrue::nccl::testing
