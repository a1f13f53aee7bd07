#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/astra/simulate.hpp"

namespace ringtrue::astra::testing {

/// Lines of golden_*.jsonl: runs of ASTRA-sim (master of 2026-03, commit 518bd51, MIT) with the cycles at which its
/// first and last rank ended.
inline std::vector<nlohmann::json> read_cases(const std::string& name) {
  std::ifstream file(RINGTRUE_SOURCE_DIR "/tests/sim/astra/" + name);
  std::vector<nlohmann::json> cases;
  for (std::string line; std::getline(file, line);) cases.push_back(nlohmann::json::parse(line));
  return cases;
}

inline Topology parse_topology(const std::string& name) {
  if (name == "Ring") return Topology::ring;
  if (name == "Switch") return Topology::switched;
  if (name == "FullyConnected") return Topology::fully_connected;
  throw std::invalid_argument(name);
}

inline Configuration parse_configuration(const nlohmann::json& json) {
  Configuration configuration;
  for (std::size_t d = 0; d < json["topology"].size(); ++d)
    configuration.network.dimensions.push_back({parse_topology(json["topology"][d]), json["npus"][d].get<int>(),
                                                json["gib_per_s"][d].get<double>(),
                                                json["latency_ns"][d].get<double>()});
  configuration.backend =
      json["backend"] == "congestion_aware" ? Backend::congestion_aware : Backend::congestion_unaware;
  configuration.queues_per_dim = json["queues"];
  SystemLayer& system = configuration.system;
  system.endpoint_delay = json["endpoint"];
  system.active_chunks_per_dimension = json["active"];
  system.preferred_dataset_splits = json["splits"];
  system.local_mem_bw_gb_per_s = json["memory_gb_per_s"];
  system.local_bw_aware = json["aware_of_local_bw"];
  system.roofline_enabled = json.value("roofline", false);
  system.peak_perf_tflops = json.value("peak_tflops", 0.0);
  system.replay_only = json.value("replay_only", false);
  for (const Collective collective :
       {Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather, Collective::all_to_all})
    for (const nlohmann::json& name : json["algorithm"])
      system.implementations[collective].push_back(parse_implementation(name, "case"));
  return configuration;
}

/// A system layer with the ring everywhere, 4 chunks, endpoint delay 10, 1600 GB/s: ASTRA-sim's Ring_4chunks.json.
inline Configuration ring_4chunks(Topology topology, int npus) {
  Configuration configuration;
  configuration.network.dimensions = {{topology, npus, 50, 500}};
  configuration.system.preferred_dataset_splits = 4;
  configuration.system.local_mem_bw_gb_per_s = 1600;
  for (const Collective collective :
       {Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather, Collective::all_to_all})
    configuration.system.implementations[collective] = {Implementation{}};
  return configuration;
}

/// ASTRA-sim's HGX-H100-validated network and system layer.
inline Configuration hgx_h100(int npus, double gib_per_s = 400) {
  Configuration configuration = ring_4chunks(Topology::switched, npus);
  configuration.network.dimensions = {{Topology::switched, npus, gib_per_s, 936.25}};
  configuration.system.active_chunks_per_dimension = 2;
  configuration.system.local_mem_bw_gb_per_s = 3350;
  return configuration;
}

}  // namespace ringtrue::astra::testing
