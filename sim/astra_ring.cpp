#include "sim/astra_ring.hpp"

#include <algorithm>

#include "sim/astra/simulate.hpp"

namespace ringtrue {
namespace {

constexpr double gib = 1 << 30;

Seconds time_of(const astra::Configuration& configuration, Collective collective, Bytes bytes) {
  const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(1, bytes.count));
  const astra::Prediction prediction = astra::simulate(configuration, astra::single_collective(collective, size));
  return Seconds{static_cast<double>(prediction.cycles_max) * 1e-9};
}

}  // namespace

bool astra_switch_knows(Collective collective) {
  return collective == Collective::all_reduce || collective == Collective::reduce_scatter ||
         collective == Collective::all_gather;
}

Seconds astra_switch_time(Collective collective, Bytes bytes, int ranks, const AstraSwitch& machine) {
  astra::Configuration configuration;
  configuration.network.dimensions = {{.topology = astra::Topology::switched,
                                       .npus = ranks,
                                       .bandwidth_gib_per_s = machine.bandwidth.bytes_per_second / gib,
                                       .latency_ns = machine.latency.count() * 1e9}};
  configuration.system.endpoint_delay = static_cast<astra::Cycles>(machine.endpoint_delay_ns);
  configuration.system.active_chunks_per_dimension = machine.active_chunks;
  configuration.system.preferred_dataset_splits = machine.chunks;
  configuration.system.local_mem_bw_gb_per_s = machine.memory.bytes_per_second / 1e9;
  configuration.system.implementations[collective] = {{.algorithm = astra::Algorithm::ring}};
  const bool per_rank = collective == Collective::all_gather;  // its comm_size is what one rank gives
  return time_of(configuration, collective, per_rank ? Bytes{bytes.count / ranks} : bytes);
}

Seconds astra_ring_time(Bytes bytes, int ranks, const AstraRing& machine) {
  astra::Configuration configuration;
  configuration.network.dimensions = {
      {.topology = ranks == 2 ? astra::Topology::fully_connected : astra::Topology::ring,
       .npus = ranks,
       .bandwidth_gib_per_s = machine.bandwidth.bytes_per_second / gib,
       .latency_ns = std::max(0.0, machine.latency.count() * 1e9 - 1)}};
  configuration.system.endpoint_delay = 1;
  configuration.system.local_mem_bw_gb_per_s = machine.memory.bytes_per_second / 1e9;
  configuration.system.implementations[Collective::all_reduce] = {{.algorithm = astra::Algorithm::ring}};
  return time_of(configuration, Collective::all_reduce, bytes);
}

}  // namespace ringtrue
