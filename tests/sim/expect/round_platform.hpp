#pragma once

#include <string>
#include <utility>
#include <vector>

#include "experiment/experiment.hpp"
#include "sim/expect/expectation.hpp"
#include "sim/expect/published_times.hpp"
#include "sim/platform.hpp"

// A node of 8 GPUs whose times one can reckon in the head: 10 links of 40 GB/s, so a bus of 400 GB/s; NVLS moves 320 of
// them; 8 cards of 50 GB/s. The tuner is NCCL's, with its own constants.
namespace ringtrue::expect::testing {

inline nccl::Machine round_machine() {
  using nccl::Quantity;
  nccl::Machine machine{.gpus_per_node = 8,
                        .nics_per_node = 8,
                        .most_nodes = 2,
                        .nvls = true,
                        .tuner = true,
                        .links = {{.gpus = 0, .links = 10}},
                        .parameters = {},
                        .covers = {.gpus = {2, 4, 8, 16},
                                   .collectives = {Collective::all_reduce, Collective::all_gather},
                                   .least = 1_KiB,
                                   .most = 4096_MiB}};
  for (nccl::Parameter& parameter : machine.parameters.all()) parameter = {0, 0, 0, "test"};
  const auto set = [&](Quantity q, double value) { machine.parameters[q].value = machine.parameters[q].prior = value; };
  set(Quantity::link_bandwidth, 40);
  set(Quantity::simple_base, 10);
  set(Quantity::ll_base, 6);
  set(Quantity::ll_step, 1);
  set(Quantity::ll128_base, 14);
  set(Quantity::ll128_step, 2);
  set(Quantity::nvls_efficiency, 0.8);
  set(Quantity::nvls_latency, 20);
  set(Quantity::nic_bandwidth, 50);
  set(Quantity::net_ll, 3);
  set(Quantity::net_ll128, 5);
  set(Quantity::net_simple, 10);
  set(Quantity::launch_reducing, 4);
  set(Quantity::launch_copying, 2);
  set(Quantity::launch_process, 1);
  return machine;
}

inline Platform round_platform(std::vector<std::string> fitted_on = {}) {
  return {.model = "nccl",
          .describes = {"round.h1.nvswitch", "round.h2.ib8x400Gbps"},
          .machine = round_machine(),
          .sources = {"test"},
          .fitted_on = std::move(fitted_on)};
}

inline nccl::Call all_reduce(Bytes bytes, int gpus = 8, int nodes = 1) {
  nccl::Call call;
  call.bytes = bytes;
  call.gpus = gpus;
  call.nodes = nodes;
  return call;
}

inline Reference published(const nccl::Call& call, Seconds time, const std::string& source = "somebody") {
  CollectiveRun run{.collective = call.collective, .algorithm = call.algorithm, .bytes = call.bytes};
  run.protocol = call.protocol;
  if (reduces_values(call.collective)) run.op = ReduceOp::sum;
  const GpuSystem system{.testbed = "round",
                         .nodes = call.nodes,
                         .fabric = call.nodes == 1 ? "nvswitch" : "ib8x400Gbps",
                         .launch = call.launch};
  return {.record = {.experiment = {.workload = run, .ranks = call.gpus},
                     .system_id = system_id(system),
                     .source = source,
                     .campaign = "",
                     .launch = 0,
                     .result = Publication{.time = time, .sigma = Seconds{1e-9}, .as_printed = "so"}},
          .source = source};
}

}  // namespace ringtrue::expect::testing
