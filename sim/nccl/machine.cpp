#include "sim/nccl/machine.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "experiment/bandwidth.hpp"

namespace ringtrue::nccl {
namespace {

constexpr std::array<std::string_view, quantities> names{
    "link_GBps",         "ring_bubble_steps",  "ring_jitter_us_per_sqrt_MiB",
    "simple_base_us",    "simple_doubling_us", "ll_base_us",
    "ll_step_us",        "ll128_base_us",      "ll128_step_us",
    "nvls_efficiency",   "nvls_latency_us",    "nvls_jitter_us_per_sqrt_MiB",
    "nic_GBps",          "net_ll_us",          "net_ll128_us",
    "net_simple_us",     "launch_reducing_us", "launch_copying_us",
    "launch_process_us", "channel_start_us"};

bool tree_has(Collective collective) { return collective == Collective::all_reduce; }

std::string refused_algorithm(const Call& call, const Machine& machine) {
  switch (call.algorithm) {
    case Algorithm::ring: return is_point_to_point(call.collective) ? "NCCL has no ring of it" : "";
    case Algorithm::double_binary_tree: return tree_has(call.collective) ? "" : "NCCL's tree is an all_reduce only";
    case Algorithm::nvls:
      if (!machine.nvls) return "the switch of this system does not reduce";
      return tree_has(call.collective) ? "" : "NVLS is modelled for all_reduce only";
    case Algorithm::library: return machine.tuner ? "" : "what NCCL would choose on this system is not known";
    case Algorithm::halving_doubling:
    case Algorithm::direct:
    case Algorithm::library_ring: break;
  }
  return fmt::format("NCCL has no {}", to_string(call.algorithm));
}

}  // namespace

std::string_view name_of(Quantity quantity) { return names.at(static_cast<std::size_t>(quantity)); }

Call call_of(const Experiment& experiment, const GpuSystem& system) {
  const CollectiveRun& run = *as_collective(experiment);
  return {.collective = run.collective,
          .bytes = run.bytes,
          .gpus = experiment.ranks,
          .nodes = system.nodes,
          .launch = system.launch,
          .algorithm = run.algorithm,
          .protocol = run.protocol};
}

bool is_placed(int gpus, int nodes, const Machine& machine) {
  return nodes == 1 ? gpus <= machine.gpus_per_node : gpus == nodes * machine.gpus_per_node;
}

std::string refusal(const Call& call, const Machine& machine) {
  if (call.nodes > machine.most_nodes)
    return fmt::format("{} nodes; the platform knows at most {}", call.nodes, machine.most_nodes);
  if (call.nodes > 1 && !is_placed(call.gpus, call.nodes, machine))
    return fmt::format("{} GPUs on {} nodes; several nodes have to be full, of {} GPUs each", call.gpus, call.nodes,
                       machine.gpus_per_node);
  if (call.gpus < 2 || call.gpus > call.nodes * machine.gpus_per_node)
    return fmt::format("{} GPUs; 2 to {} are known", call.gpus, call.nodes * machine.gpus_per_node);
  if (!links_of(call, machine))
    return fmt::format("how many links {} GPUs of a node use is not known", call.gpus_per_node());
  if (call.algorithm == Algorithm::nvls && call.protocol.value_or(Protocol::simple) != Protocol::simple)
    return "NVLS has the protocol simple only";
  return refused_algorithm(call, machine);
}

bool is_extrapolated(const Call& call, const Machine& machine) {
  const Coverage& c = machine.covers;
  return std::ranges::find(c.gpus, call.gpus) == c.gpus.end() ||
         std::ranges::find(c.collectives, call.collective) == c.collectives.end() || call.bytes < c.least ||
         c.most < call.bytes;
}

bool is_point_to_point(Collective collective) {
  return collective == Collective::all_to_all || collective == Collective::send_recv;
}

std::optional<int> links_of(const Call& call, const Machine& machine) {
  for (const LinkCount& l : machine.links)
    if (l.gpus == 0 || l.gpus == call.gpus_per_node()) return l.links;
  return std::nullopt;
}

int steps_of(const Call& call) {
  switch (call.collective) {
    case Collective::all_reduce: return 2 * (call.gpus - 1);
    case Collective::reduce_scatter:
    case Collective::all_gather:
    case Collective::broadcast: return call.gpus - 1;
    case Collective::all_to_all:
    case Collective::send_recv: return 1;
  }
  throw std::logic_error("steps_of: not a collective");
}

double sent_bytes(const Call& call) {
  return static_cast<double>(call.bytes.count) * busbw_factor(call.collective, call.gpus);
}

}  // namespace ringtrue::nccl
