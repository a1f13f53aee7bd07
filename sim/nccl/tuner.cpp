#include "sim/nccl/tuner.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/nccl/constants.hpp"

namespace ringtrue::nccl {
namespace {

constexpr double nvls_us = 25.0, nvls_tree_net_us = 20.9;

constexpr double ring_bus_gb_per_s = 24 * 15.0;  // channels and their speed in NCCL's graph of this node
constexpr double net_bus_gb_per_s = 8 * 50.0;
constexpr double nvls_channel_gb_per_s = 60.0, nvls_efficiency = 0.85;
/// The tree between two GPUs has twelve channels, each with what a channel of a tree moves at most on a Hopper node;
/// the 24 of more GPUs stay below that.
constexpr double pair_tree_gb_per_s = 12 * 38.7;
constexpr double ring_plateau = 1.4;  // of latency, between nodes

/// By powers of two of the message from 64 B; 1 beyond. Source: treeCorrectionFactor of tuning.cc.
constexpr std::array<std::array<double, 23>, 3> tree_correction{
    {{1, 1, 1, 1, .9, .8, .7, .7, .7, .7, .6, .5, .4, .4, .5, .6, .7, .8, .9, 1, 1, 1, 1},
     {1, 1, 1, 1, 1, .9, .8, .8, .8, .7, .6, .6, .6, .6, .6, .6, .8, .9, .9, .9, .9, 1, 1},
     {.9, .9, .9, .9, .9, .9, .9, .8, .7, .6, .6, .5, .5, .5, .5, .6, .7, .8, .7, .7, .8, .9, .9}}};

int steps_between_nodes(const Call& call) {
  return call.collective == Collective::all_reduce ? 2 * (call.nodes - 1) : call.nodes - 1;
}

double log2_of(int nodes) { return std::bit_width(static_cast<unsigned>(nodes)) - 1; }

/// NCCL's name for what turns the bandwidth of a bus into that of the algorithm.
double ring_ratio(const Call& call) {
  const int steps = call.collective == Collective::broadcast ? call.gpus : steps_of(call);
  return static_cast<double>(call.gpus) / steps;
}

Estimate ring_estimate(const Call& call, Protocol protocol) {
  const Latency& l = ring_latency(protocol);
  const int between = steps_between_nodes(call);
  const double step = call.nodes > 1 ? far_step_us(protocol) : l.step;
  double bus = call.nodes == 1 ? ring_bus_gb_per_s : net_bus_gb_per_s;
  if (protocol == Protocol::ll) bus = std::min(ll_most_gb_per_s(call.nodes), bus * 0.5);
  if (protocol == Protocol::ll128) bus *= ll128_payload;
  return {.latency_us = l.base + (steps_of(call) - between) * step + between * l.net,
          .algbw_gb_per_s = bus * ring_ratio(call)};
}

double tree_bus_gb_per_s(const Call& call) {
  if (call.nodes > 1) return net_bus_gb_per_s * tree_payload;
  return call.gpus == 2 ? pair_tree_gb_per_s : ring_bus_gb_per_s * tree_payload;
}

Estimate tree_estimate(const Call& call, Protocol protocol) {
  const Latency& l = tree_latency(protocol);
  double bus = tree_bus_gb_per_s(call);
  if (protocol == Protocol::ll) bus = std::min(ll_most_gb_per_s(call.nodes), bus / tree_ll_loss);
  if (protocol == Protocol::ll128) bus *= tree_ll128_payload(call.nodes);
  return {.latency_us = l.base + 2 * ((call.gpus_per_node() - 1) * l.step + log2_of(call.nodes) * l.net),
          .algbw_gb_per_s = bus / 2};
}

/// On one node a channel a GPU, one of which only synchronises; between nodes NCCL's NVLSTree.
Estimate nvls_estimate(const Call& call) {
  const double gpus = call.gpus_per_node();
  const double channel =
      std::min(nvls_channel_gb_per_s * nvls_efficiency * (gpus - 1) / gpus * 2, nvls_channel_gb_per_s);
  Estimate e{.latency_us = nvls_us, .algbw_gb_per_s = channel * gpus * gpus / (2 * (gpus - 1))};
  if (call.nodes == 1) return e;
  e.latency_us += 2 * log2_of(call.nodes) * nvls_tree_net_us;
  e.algbw_gb_per_s = std::min(e.algbw_gb_per_s, call.nodes == 2 ? net_bus_gb_per_s : net_bus_gb_per_s / 2);
  return e;
}

std::vector<Choice> all_choices(const Call& call, const Machine& machine) {
  std::vector<Choice> choices;
  for (const Protocol protocol : {Protocol::ll, Protocol::ll128, Protocol::simple}) {
    choices.push_back({Algorithm::ring, protocol});
    if (call.collective == Collective::all_reduce) choices.push_back({Algorithm::double_binary_tree, protocol});
  }
  if (call.collective == Collective::all_reduce && machine.nvls) choices.push_back({Algorithm::nvls, Protocol::simple});
  return choices;
}

bool is_open(const Call& call, Choice choice) {
  return (call.algorithm == Algorithm::library || call.algorithm == choice.algorithm) &&
         call.protocol.value_or(choice.protocol) == choice.protocol;
}

}  // namespace

Estimate estimate(const Call& call, Choice choice) {
  switch (choice.algorithm) {
    case Algorithm::ring: return ring_estimate(call, choice.protocol);
    case Algorithm::double_binary_tree: return tree_estimate(call, choice.protocol);
    case Algorithm::nvls: return nvls_estimate(call);
    default: throw std::logic_error("estimate: NCCL has no such algorithm");
  }
}

double tuner_time_us(const Call& call, Choice choice) {
  Estimate e = estimate(call, choice);
  if (choice.algorithm == Algorithm::double_binary_tree) {
    const auto power = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(call.bytes.count) >> 6U));
    const auto& correction = tree_correction.at(index_of(choice.protocol));
    if (power >= 1 && power <= correction.size()) e.algbw_gb_per_s *= correction.at(power - 1);
  }
  if (choice == Choice{Algorithm::ring, Protocol::simple} && call.nodes > 1 &&
      call.collective == Collective::all_reduce)
    e.latency_us *= ring_plateau;
  return e.latency_us + static_cast<double>(call.bytes.count) / (1e3 * e.algbw_gb_per_s);
}

Choice choose(const Call& call, const Machine& machine) {
  if (is_point_to_point(call.collective)) return {Algorithm::direct, call.protocol.value_or(Protocol::simple)};
  if (!machine.tuner) return {call.algorithm, call.protocol.value_or(Protocol::simple)};
  Choice best;
  double least = std::numeric_limits<double>::infinity();
  for (const Choice choice : all_choices(call, machine)) {
    if (!is_open(call, choice)) continue;
    const double time = tuner_time_us(call, choice);
    if (time < least) {
      least = time;
      best = choice;
    }
  }
  return best;
}

}  // namespace ringtrue::nccl
