#pragma once

#include <string>
#include <string_view>

namespace ringtrue {

/// How ranks are laid on the cores of their host. `block`: rank i of n on core i*cores/n (neighbours in the ring share
/// a core first); `launcher`: as mpirun or srun bound them; `free`: the kernel moves them.
enum class Placement { block, launcher, free };

/// Where an experiment ran or is meant to run. Ranks fill the hosts in order; each host has a pool of `cores` cores.
struct System {
  std::string testbed = "host";
  int hosts = 1;
  int cores = 1;
  Placement placement = Placement::block;
  std::string transport = "sm";
  bool operator==(const System&) const = default;
};

/// Canonical, e.g. `host.h1.c2.block.sm`. Where the cores do not matter (a GPU node) the id is any text of ours, such
/// as `hgx-h100.h1.nvswitch`.
std::string system_id(const System& system);

/// Reads what `system_id` wrote; throws Error on anything else.
System parse_system_id(std::string_view id, std::string_view where);

std::string_view to_string(Placement placement);

/// The core of a rank under block placement. Requires 0 <= rank < ranks and hosts that divide the ranks evenly or not:
/// rank i lives on host i*hosts/ranks. The core index counts through all hosts.
int core_of_rank(int rank, int ranks, const System& system);

/// Ranks that share the fullest core: 1 means nobody shares.
int ranks_per_core(int ranks, const System& system);

}  // namespace ringtrue
