#include "sim/astra_ring.hpp"

#include <algorithm>

#include "sim/astra/simulate.hpp"

namespace ringtrue {

Seconds astra_ring_time(Bytes bytes, int ranks, const AstraRing& machine) {
  constexpr double gib = 1 << 30;
  astra::Configuration configuration;
  configuration.network.dimensions = {
      {.topology = ranks == 2 ? astra::Topology::fully_connected : astra::Topology::ring,
       .npus = ranks,
       .bandwidth_gib_per_s = machine.bandwidth.bytes_per_second / gib,
       .latency_ns = std::max(0.0, machine.latency.count() * 1e9 - 1)}};
  configuration.system.endpoint_delay = 1;
  configuration.system.local_mem_bw_gb_per_s = machine.memory.bytes_per_second / 1e9;
  configuration.system.implementations[Collective::all_reduce] = {{.algorithm = astra::Algorithm::ring}};
  const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(1, bytes.count));
  const astra::Prediction prediction =
      astra::simulate(configuration, astra::single_collective(Collective::all_reduce, size));
  return Seconds{static_cast<double>(prediction.cycles_max) * 1e-9};
}

}  // namespace ringtrue
