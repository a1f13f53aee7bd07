#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"

namespace ringtrue::astra {

/// ASTRA-sim's tick: 1 ns.
using Cycles = std::uint64_t;

enum class Topology : std::uint8_t { ring, fully_connected, switched };
enum class Backend : std::uint8_t { congestion_aware, congestion_unaware };
enum class Algorithm : std::uint8_t { ring, direct, halving_doubling, double_binary_tree };

/// One dimension of the network. Links carry `bandwidth` per direction; of a Switch they lead from NPU to switch, so
/// that `latency_ns` is half the latency between NPUs.
struct Dimension {
  Topology topology = Topology::ring;
  int npus = 2;
  double bandwidth_gib_per_s = 0;  ///< What ASTRA-sim's files call GB/s: 2^30 bytes per second.
  double latency_ns = 0;
};

/// Dimension 0 is the fastest in a rank's address.
struct Network {
  std::vector<Dimension> dimensions{};
};

/// How a collective is done in one dimension. `flat` (ASTRA-sim's one* forms) takes all dimensions as one.
struct Implementation {
  Algorithm algorithm = Algorithm::ring;
  int window = 0;  ///< Of direct: messages in flight; 0 is all.
  bool flat = false;
};

/// ASTRA-sim's system layer; names and meanings are those of its json.
struct SystemLayer {
  Cycles endpoint_delay = 10;
  int active_chunks_per_dimension = 1;
  int preferred_dataset_splits = 1;
  std::map<Collective, std::vector<Implementation>> implementations{};  ///< Per dimension.
  bool local_bw_aware = true;                                           ///< collective-optimization localBWAware.
  double local_mem_bw_gb_per_s = 0;  ///< Decimal; prices reductions and the roofline.
  bool roofline_enabled = false;
  double peak_perf_tflops = 0;
  bool replay_only = false;
};

/// Everything but the workload.
struct Configuration {
  Network network{};
  SystemLayer system{};
  Backend backend = Backend::congestion_aware;
  int queues_per_dim = 1;
  double injection_scale = 1;  ///< Multiplies the endpoint delay.
};

/// NPUs of all dimensions together.
std::int64_t npu_count(const Network& network);

/// What is wrong with the configuration as ASTRA-sim would be run with it, one message each; `collectives` are those
/// the workload uses. Empty if it can be simulated.
std::vector<std::string> faults(const Configuration& configuration, const std::vector<Collective>& collectives);

std::string_view to_string(Topology topology);
std::string_view to_string(Backend backend);
/// As ASTRA-sim's json spells it, e.g. `direct4`, `oneRing`.
std::string to_string(const Implementation& implementation);
/// The other way round. Throws Error.
Implementation parse_implementation(const std::string& name, const std::string& where);

}  // namespace ringtrue::astra
