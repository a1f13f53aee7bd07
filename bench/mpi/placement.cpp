#include "bench/mpi/placement.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/host_name.hpp"
#include "bench/mpi/tool.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

std::vector<int> allowed_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {};
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

void bind_to(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    throw Error(fmt::format(
        "cannot bind a rank to core {}; start with --no-bind to leave ranks where the kernel puts them", core));
}

/// Names one running kernel, however many host names its namespaces have.
std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

/// `sm` for shared memory, else the transports the launch asked for, joined by '+'.
std::string transport(int hosts) {
  std::string asked = mpi::tool_variable("btl");
  if (asked.starts_with('^')) asked.clear();  // only says what not to use, as Debian's configuration does
  std::string cleaned;
  std::string name;
  for (const char c : asked + ",") {
    if (c != ',') {
      name += c;
      continue;
    }
    if (name != "self" && !name.empty()) cleaned += (cleaned.empty() ? "" : "+") + name;
    name.clear();
  }
  if (cleaned == "vader") return "sm";
  if (cleaned.empty()) return hosts == 1 ? "sm" : "auto";
  return cleaned;
}

int count_distinct(const std::vector<std::string>& names) {
  return static_cast<int>(std::set(names.begin(), names.end()).size());
}

}  // namespace

Place place_ranks(const PlaceOptions& options, const mpi::Communicator& comm) {
  Place place;
  place.hosts = mpi::gather_texts(host_name(), comm);
  place.link_burst = options.link_burst;
  place.common_clock = count_distinct(mpi::gather_texts(boot_id(), comm)) == 1;
  System& system = place.system;
  system.testbed = options.testbed;
  system.hosts = count_distinct(place.hosts);
  system.shared_pool = place.common_clock && system.hosts > 1;
  system.transport = transport(system.hosts);
  system.link_bits_per_s = system.hosts > 1 ? options.link_bits_per_s : 0;
  const mpi::Communicator host = comm.same_host();
  const mpi::Communicator& sharing = system.shared_pool ? comm : host;
  const std::vector<int> allowed = allowed_cores();
  // Two ranks on one core each look bound to the launcher's eye only if every rank of the host has less than all cores.
  const bool launcher_bound = !system.shared_pool &&
                              mpi::all_equal(allowed.size() == 1 && host.size() > 1 ? 1 : 0, comm) &&
                              allowed.size() == 1;
  const int pool = static_cast<int>(mpi::max_over_ranks(static_cast<double>(allowed.size()), comm));
  system.cores = launcher_bound ? count_distinct(mpi::gather_texts(std::to_string(allowed.front()), host)) : pool;
  system.placement = launcher_bound ? Placement::launcher : options.bind ? Placement::block : Placement::free;
  if (system.placement == Placement::block) {
    System local{.hosts = 1, .cores = static_cast<int>(allowed.size())};
    bind_to(allowed[static_cast<std::size_t>(core_of_rank(sharing.rank(), sharing.size(), local))]);
  }
  place.bindings = mpi::gather_texts(fmt::format("{}", fmt::join(allowed_cores(), ",")), comm);
  return place;
}

}  // namespace ringtrue
