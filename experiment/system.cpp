#include "experiment/system.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

constexpr std::array all_placements{Placement::block, Placement::launcher, Placement::free};

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

/// "h12" with letter 'h' is 12; 0 if it is not that.
int counted(std::string_view part, char letter) {
  int number = 0;
  if (part.size() < 2 || part.front() != letter) return 0;
  const auto [end, error] = std::from_chars(part.data() + 1, part.data() + part.size(), number);
  return error == std::errc{} && end == part.data() + part.size() ? number : 0;
}

}  // namespace

std::string_view to_string(Placement placement) {
  switch (placement) {
    case Placement::block: return "block";
    case Placement::launcher: return "launcher";
    case Placement::free: return "free";
  }
  throw std::logic_error("to_string: not a placement");
}

std::string system_id(const System& system) {
  return fmt::format("{}.h{}.c{}.{}.{}", system.testbed, system.hosts, system.cores, to_string(system.placement),
                     system.transport);
}

System parse_system_id(std::string_view id, std::string_view where) {
  const std::vector<std::string> parts = split(id);
  System system;
  if (parts.size() == 5) {
    const auto* placement = std::ranges::find_if(all_placements, [&](Placement p) { return to_string(p) == parts[3]; });
    system.testbed = parts[0];
    system.hosts = counted(parts[1], 'h');
    system.cores = counted(parts[2], 'c');
    system.transport = parts[4];
    if (placement != all_placements.end() && system.hosts > 0 && system.cores > 0) {
      system.placement = *placement;
      return system;
    }
  }
  throw Error(
      fmt::format("{}: '{}' is not the id of a host system; it reads testbed.hHOSTS.cCORES.PLACEMENT.transport with "
                  "placement block, launcher or free, for example host.h1.c2.block.sm",
                  where, id));
}

int core_of_rank(int rank, int ranks, const System& system) {
  const auto pool = static_cast<std::int64_t>(system.hosts) * system.cores;
  return static_cast<int>(ranks <= pool && system.hosts == 1 ? rank : rank * pool / ranks);
}

int ranks_per_core(int ranks, const System& system) {
  const auto pool = static_cast<std::int64_t>(system.hosts) * system.cores;
  return static_cast<int>((ranks + pool - 1) / pool);
}

}  // namespace ringtrue
