#include "bench/mpi/environment.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "bench/mpi/tool.hpp"

namespace ringtrue {
namespace {

/// The value after "key : value" in /proc/cpuinfo.
std::string cpu_info(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(key) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string hypervisor() {
  if (cpu_info("flags").find(" hypervisor") == std::string::npos) return "none seen";
  const std::string vendor = first_line("/sys/class/dmi/id/sys_vendor");
  return vendor.empty() ? "yes" : "yes (" + vendor + ")";
}

std::string kernel() {
  utsname name{};
  uname(&name);
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string version(text.data(), static_cast<std::size_t>(length));
  return version.substr(0, version.find(", ident"));
}

/// OMPI_MCA_* variables that a person sets, without those the launcher sets for itself.
Json mca_parameters() {
  constexpr std::string_view prefix = "OMPI_MCA_";
  constexpr std::array own{"orte_", "ess", "plm", "pmix", "initial_wdir", "shmem_RUNTIME", "rmaps_", "hwloc_base_"};
  Json parameters = Json::object();
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::size_t equals = text.find('=');
    if (!text.starts_with(prefix) || equals == std::string_view::npos) continue;
    const std::string name(text.substr(prefix.size(), equals - prefix.size()));
    bool launcher = false;
    for (const std::string_view start : own) launcher = launcher || name.starts_with(start);
    if (!launcher) parameters[name] = text.substr(equals + 1);
  }
  return parameters;
}

Json load_average() {
  std::array<double, 3> load{};
  getloadavg(load.data(), 3);
  return Json{load[0], load[1], load[2]};
}

}  // namespace

Bytes eager_limit(const Place& place) {
  const std::string& transport = place.system.transport;
  for (const std::string& name : {transport == "sm" ? std::string("vader") : transport, std::string("sm")}) {
    const std::string value = mpi::tool_variable("btl_" + name + "_eager_limit");
    if (!value.empty()) return {std::stoll(value)};
  }
  return {0};
}

Json describe_environment(const Place& place) {
  return {{"cpu", cpu_info("model name")},
          {"cores", place.system.cores},
          {"kernel", kernel()},
          {"hypervisor", hypervisor()},
          {"mpi", mpi_version()},
          {"mca", mca_parameters()},
          {"eager_limit_bytes", eager_limit(place).count},
          {"link_burst_bytes", place.link_burst.count},
          {"yield_when_idle", mpi::tool_variable("mpi_yield_when_idle")},
          {"transparent_huge_pages", first_line("/sys/kernel/mm/transparent_hugepage/enabled")},
          {"hosts", place.hosts},
          {"binding", place.bindings},
          {"load_average", load_average()}};
}

}  // namespace ringtrue
