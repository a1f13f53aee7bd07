#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringtrue {

/// How ranks are laid on the cores of their host. `block`: rank i of n on core i*cores/n (neighbours in the ring share
/// a core first); `launcher`: as mpirun or srun bound them; `free`: the kernel moves them.
enum class Placement { block, launcher, free };

/// Where an experiment ran or is meant to run. Ranks fill the hosts in order; each host has a pool of `cores` cores of
/// its own, or, if they are emulated on one machine, all hosts share one.
struct System {
  std::string testbed = "host";
  int hosts = 1;
  int cores = 1;
  bool shared_pool = false;  ///< `cores` in all, however many hosts.
  Placement placement = Placement::block;
  std::string transport = "sm";
  std::int64_t link_bits_per_s = 0;  ///< What each host's link is limited to; 0: unknown, or no limit.
  bool operator==(const System&) const = default;
};

/// Canonical, e.g. `host.h1.c2.block.sm`, `cluster.h16.pool2.block.tcp.1Gbps`. Nodes of GPUs have ids of their own, see
/// GpuSystem.
std::string system_id(const System& system);

/// How ranks are started on GPUs: one process drives all GPUs of a node one after the other, each GPU has a process, or
/// launches are replayed from a CUDA graph.
enum class LaunchMode { one_process, process_per_gpu, cuda_graph };

/// Nodes of GPUs. `fabric` is what connects the GPUs of a node, or the nodes: nvswitch, nvlink, ib8x400Gbps ...
struct GpuSystem {
  std::string testbed;
  int nodes = 1;
  std::string fabric;
  std::optional<LaunchMode> launch;  ///< Empty: the source does not say.
  bool operator==(const GpuSystem&) const = default;
};

/// Canonical, e.g. `hgx-h100.h1.nvswitch.process_per_gpu`; without launch mode `hgx-h100.h1.nvswitch`.
std::string system_id(const GpuSystem& system);
/// Reads what it wrote; nothing for any other text.
std::optional<GpuSystem> parse_gpu_system(std::string_view id);
/// The id without its launch mode, if it is one of GPUs; else as it is.
std::string without_launch_mode(const std::string& id);
std::string_view to_string(LaunchMode mode);
/// Throws Error, opened by `where`.
LaunchMode parse_launch_mode(std::string_view name, std::string_view where);

/// Reads what `system_id` wrote; throws Error on anything else.
System parse_system_id(std::string_view id, std::string_view where);

/// The first part of any system's id: `cluster` of `cluster.h16.pool2.block.tcp.1Gbps`.
std::string testbed_of(std::string_view system_id);

std::string_view to_string(Placement placement);

/// "1Gbps", "2500Mbps": the largest of G, M and k that divides it; 0 if the text is not one.
std::string link_rate_text(std::int64_t bits_per_s);
std::int64_t parse_link_rate(std::string_view text);

/// Cores of all hosts together.
int cores_in_all(const System& system);

/// The core of a rank under block placement. Requires 0 <= rank < ranks and hosts that divide the ranks evenly or not:
/// rank i lives on host i*hosts/ranks. The core index counts through all hosts.
int core_of_rank(int rank, int ranks, const System& system);

/// The host of a rank: hosts are filled in order, as evenly as it goes.
int host_of_rank(int rank, int ranks, const System& system);

/// Ranks that share the fullest core: 1 means nobody shares.
int ranks_per_core(int ranks, const System& system);

}  // namespace ringtrue
