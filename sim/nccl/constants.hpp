#pragma once

#include <algorithm>
#include <array>

#include "experiment/experiment.hpp"

/// What NCCL 2.28.9 to 2.30.7 believes of Hopper GPUs with Intel hosts. Source: NVIDIA/nccl src/graph/tuning.cc.
namespace ringtrue::nccl {

/// Latencies in us of one protocol: paid once, a step over NVLink, a step between nodes.
struct Latency {
  double base = 0, step = 0, net = 0;
};
using Latencies = std::array<Latency, 3>;  // LL, LL128, Simple
inline constexpr Latencies ring_latencies{{{6.6, 0.6, 2.7}, {14.0, 1.9, 4.0}, {8.4, 3.4, 14.0}}};
inline constexpr Latencies tree_latencies{{{6.8, 0.6, 5.0}, {14.0, 1.25, 8.5}, {8.4, 4.0, 14.0}}};

constexpr std::size_t index_of(Protocol protocol) { return static_cast<std::size_t>(protocol); }
constexpr const Latency& ring_latency(Protocol protocol) { return ring_latencies.at(index_of(protocol)); }
constexpr const Latency& tree_latency(Protocol protocol) { return tree_latencies.at(index_of(protocol)); }

/// A step of a ring over NVLink while others cross nodes: no less than what the network asks of the host.
constexpr double far_step_us(Protocol protocol) {
  constexpr double overhead_us = 1.0;
  return std::max(ring_latency(protocol).step, overhead_us * (protocol == Protocol::simple ? 3 : 1));
}

/// Shares of a bus that are payload: of LL128 in a ring (120 of 128 bytes, as NCCL rounds it), of any tree, and of
/// LL128 in a tree besides.
inline constexpr double ll128_payload = 0.92, tree_payload = 0.92;
constexpr double tree_ll128_payload(int nodes) { return nodes == 1 ? 7.0 / 9.0 : 120.0 / 128.0; }
/// By how much LL slows a tree.
inline constexpr double tree_ll_loss = 3.8;

/// Most that LL moves: NCCL's llMaxBws.
constexpr double ll_most_gb_per_s(int nodes) {
  if (nodes == 1) return 141.0;
  return nodes == 2 ? 39.0 : 20.4;
}

}  // namespace ringtrue::nccl
