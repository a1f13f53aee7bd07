#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "experiment/json.hpp"
#include "sim/astra_ring.hpp"
#include "sim/closed_form.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/nccl/machine.hpp"
#include "sim/training/stated_profile.hpp"

namespace ringtrue {

/// Textbook ring (Hockney): base + 2(p-1) (alpha + S/(pB)).
struct AlphaBetaRing {
  Seconds base{};  ///< Paid once, e.g. the launch of a kernel.
  Link link;
};

/// Lower bound by volume: see all_reduce_bandwidth_bound.
struct BandwidthBound {
  System system;
  Bandwidth bandwidth;  ///< The most one core moved in any exchange.
};

using Machine = std::variant<ClusterPlatform, AlphaBetaRing, BandwidthBound, AstraRing, AstraSwitch, nccl::Machine>;

/// A machine description and the model that reads it.
struct Platform {
  std::string model;                   ///< Source of its records: cluster, alpha_beta, astra, hgx-h100 ...
  std::vector<std::string> describes;  ///< system_ids it stands for; of GPUs those without launch mode, for all modes.
  Machine machine;
  std::vector<std::string> sources;       ///< Where each parameter comes from.
  std::vector<std::string> fitted_on;     ///< record_ids, empty for published parameters.
  std::vector<StatedProfile> profiles{};  ///< What ranks are assumed to compute; a cluster measures that instead.
};

struct PlatformFile {
  std::string name;
  std::string hash;
  std::vector<Platform> platforms;
};

/// What kind of model a machine is read by: cluster, alpha_beta_ring, bandwidth_bound, astra_ring,
/// astra_switch, nccl.
std::string model_kind(const Platform& platform);

/// Whether the platform stands for the system.
bool stands_for(const Platform& platform, const std::string& system_id);

Json to_json(const Platform& platform);
/// Strict. Throws Error.
Platform parse_platform(const Json& json, const std::string& where);
PlatformFile read_platform_file(const std::filesystem::path& path);
std::string platform_file_text(const std::vector<Platform>& platforms);

}  // namespace ringtrue
