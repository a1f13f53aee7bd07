#include "experiment/system.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue {
namespace {

constexpr std::array all_placements{Placement::block, Placement::launcher, Placement::free};
constexpr std::array all_launch_modes{LaunchMode::one_process, LaunchMode::process_per_gpu, LaunchMode::cuda_graph};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '.' && parts.size() < 5) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// "h12" with the word "h" is 12; 0 if it is not that, or "h012".
int counted(std::string_view part, std::string_view word) {
  int number = 0;
  if (!part.starts_with(word) || part.size() == word.size() || part[word.size()] == '0') return 0;
  const auto [end, error] = std::from_chars(part.data() + word.size(), part.data() + part.size(), number);
  return error == std::errc{} && end == part.data() + part.size() ? number : 0;
}

struct RateUnit {
  std::int64_t bits_per_s;
  std::string_view name;
};
constexpr std::array rate_units{RateUnit{1'000'000'000, "Gbps"}, RateUnit{1'000'000, "Mbps"}, RateUnit{1'000, "kbps"}};

}  // namespace

std::string_view to_string(Placement placement) {
  switch (placement) {
    case Placement::block: return "block";
    case Placement::launcher: return "launcher";
    case Placement::free: return "free";
  }
  throw std::logic_error("to_string: not a placement");
}

std::string_view to_string(LaunchMode mode) {
  switch (mode) {
    case LaunchMode::one_process: return "one_process";
    case LaunchMode::process_per_gpu: return "process_per_gpu";
    case LaunchMode::cuda_graph: return "cuda_graph";
  }
  throw std::logic_error("to_string: not a launch mode");
}

LaunchMode parse_launch_mode(std::string_view name, std::string_view where) {
  const auto* mode = std::ranges::find(all_launch_modes, name, [](LaunchMode m) { return to_string(m); });
  if (mode != all_launch_modes.end()) return *mode;
  throw Error(fmt::format("{}: '{}' is not a launch mode; allowed: one_process, process_per_gpu, cuda_graph", where,
                          excerpt(name)));
}

std::string without_launch_mode(const std::string& id) {
  std::optional<GpuSystem> system = parse_gpu_system(id);
  if (!system) return id;
  system->launch.reset();
  return system_id(*system);
}

std::string system_id(const GpuSystem& system) {
  return fmt::format("{}.h{}.{}{}", system.testbed, system.nodes, system.fabric,
                     system.launch ? fmt::format(".{}", to_string(*system.launch)) : "");
}

std::optional<GpuSystem> parse_gpu_system(std::string_view id) {
  const std::vector<std::string> parts = split(id);
  if (parts.size() < 3 || parts.size() > 4 || parts[0].empty() || parts[2].empty()) return std::nullopt;
  GpuSystem system{.testbed = parts[0], .nodes = counted(parts[1], "h"), .fabric = parts[2], .launch = {}};
  if (system.nodes < 1) return std::nullopt;
  if (parts.size() == 3) return system;
  const auto* mode = std::ranges::find(all_launch_modes, parts[3], [](LaunchMode m) { return to_string(m); });
  if (mode == all_launch_modes.end()) return std::nullopt;
  system.launch = *mode;
  return system;
}

std::string system_id(const System& system) {
  return fmt::format("{}.h{}.{}{}.{}.{}{}", system.testbed, system.hosts, system.shared_pool ? "pool" : "c",
                     system.cores, to_string(system.placement), system.transport,
                     system.link_bits_per_s == 0 ? "" : "." + link_rate_text(system.link_bits_per_s));
}

std::string link_rate_text(std::int64_t bits_per_s) {
  const auto* unit = std::ranges::find_if(rate_units, [&](RateUnit u) { return bits_per_s % u.bits_per_s == 0; });
  if (bits_per_s <= 0 || unit == rate_units.end()) throw std::logic_error("link_rate_text: not whole kbps");
  return fmt::format("{}{}", bits_per_s / unit->bits_per_s, unit->name);
}

std::int64_t parse_link_rate(std::string_view text) {
  constexpr std::int64_t most = 1'000'000'000'000'000;  // 1 Pbps
  for (const RateUnit& unit : rate_units) {
    if (!text.ends_with(unit.name)) continue;
    std::int64_t number = 0;
    const char* const end = text.data() + text.size() - unit.name.size();
    const auto [read, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && read == end && number > 0 && number <= most / unit.bits_per_s
               ? number * unit.bits_per_s
               : 0;
  }
  return 0;
}

std::string testbed_of(std::string_view system_id) { return std::string(system_id.substr(0, system_id.find('.'))); }

System parse_system_id(std::string_view id, std::string_view where) {
  const std::vector<std::string> parts = split(id);
  System system;
  if (parts.size() == 5) {
    const auto* placement = std::ranges::find_if(all_placements, [&](Placement p) { return to_string(p) == parts[3]; });
    system.testbed = parts[0];
    system.hosts = counted(parts[1], "h");
    system.shared_pool = parts[2].starts_with("pool");
    system.cores = counted(parts[2], system.shared_pool ? "pool" : "c");
    system.transport = parts[4];
    const std::size_t dot = system.transport.rfind('.');
    if (dot != std::string::npos) system.link_bits_per_s = parse_link_rate(system.transport.substr(dot + 1));
    if (system.link_bits_per_s > 0) system.transport.resize(dot);
    if (placement != all_placements.end() && system.hosts > 0 && system.cores > 0) {
      system.placement = *placement;
      return system;
    }
  }
  throw Error(
      fmt::format("{}: '{}' is not the id of a host system; it reads testbed.hHOSTS.cCORES.PLACEMENT.transport[.RATE] "
                  "(poolCORES if the hosts share their cores) with placement block, launcher or free, for example "
                  "host.h1.c2.block.sm or cluster.h4.pool2.block.tcp.1Gbps",
                  where, id));
}

int cores_in_all(const System& system) { return system.shared_pool ? system.cores : system.hosts * system.cores; }

int core_of_rank(int rank, int ranks, const System& system) {
  const std::int64_t pool = cores_in_all(system);
  const bool one_machine = system.hosts == 1 || system.shared_pool;
  return static_cast<int>(ranks <= pool && one_machine ? rank : rank * pool / ranks);
}

int host_of_rank(int rank, int ranks, const System& system) {
  return static_cast<int>(static_cast<std::int64_t>(rank) * system.hosts / ranks);
}

int ranks_per_core(int ranks, const System& system) {
  const int pool = cores_in_all(system);
  return (ranks + pool - 1) / pool;
}

}  // namespace ringtrue
