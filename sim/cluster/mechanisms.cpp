#include "sim/cluster/mechanisms.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue {
namespace {

enum class Of : std::uint8_t { any, shared_pool, limited_link, own_cores };  ///< Whose model has it.

struct Entry {
  Mechanism mechanism;
  std::string_view name, without;
  Of of;
};

constexpr std::array entries{
    Entry{Mechanism::turns, "turns", "taking turns, and the latency of a message, cost nothing", Of::any},
    Entry{Mechanism::next_turn, "next_turn", "what a poll brought is acted on in the same turn", Of::any},
    Entry{Mechanism::fair_shares, "fair_shares", "ranks of a core take turns in a fixed round", Of::shared_pool},
    Entry{Mechanism::own_turns, "own_turns",
          "turns, messages and acknowledgements cost the same at all numbers of ranks", Of::shared_pool},
    Entry{Mechanism::one_read, "one_read", "every message takes a read of its own", Of::shared_pool},
    Entry{Mechanism::acknowledgements, "acknowledgements", "TCP's acknowledgements cost nothing", Of::shared_pool},
    Entry{Mechanism::clearance, "clearance", "long messages are sent without a handshake", Of::any},
    Entry{Mechanism::late_words, "late_words",
          "a long message is complete with its own bytes, whatever was cleared with it", Of::shared_pool},
    Entry{Mechanism::link_rate, "link_rate", "links have no limit", Of::limited_link},
    Entry{Mechanism::link_burst, "link_burst", "links have no token bucket", Of::limited_link},
    Entry{Mechanism::small_queues, "small_queues", "a socket may fill its host's link, and the others wait behind",
          Of::limited_link},
    Entry{Mechanism::warm_scratch, "warm_scratch", "a message into scratch costs what it costs into a walked buffer",
          Of::own_cores},
    Entry{Mechanism::ownership, "ownership", "writing costs the same, whether another core has read the memory or not",
          Of::own_cores},
    Entry{Mechanism::states, "states", "launches of all machine states are fitted together", Of::own_cores},
};

const Entry& entry_of(Mechanism mechanism) {
  const auto* found = std::ranges::find(entries, mechanism, &Entry::mechanism);
  if (found == entries.end()) throw std::logic_error("mechanisms: not in the table");
  return *found;
}

}  // namespace

std::span<const Mechanism> all_mechanisms() {
  static const std::vector<Mechanism> all = [] {
    std::vector<Mechanism> mechanisms;
    for (const Entry& entry : entries) mechanisms.push_back(entry.mechanism);
    return mechanisms;
  }();
  return all;
}

std::string_view to_string(Mechanism mechanism) { return entry_of(mechanism).name; }
std::string_view without_it(Mechanism mechanism) { return entry_of(mechanism).without; }

Mechanism parse_mechanism(std::string_view text, const std::string& where) {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries) {
    if (entry.name == text) return entry.mechanism;
    names.push_back(entry.name);
  }
  throw Error(fmt::format("{}: '{}' is not a mechanism of the cluster model; allowed: {}{}", where, excerpt(text),
                          fmt::join(names, ", "), did_you_mean(text, names)));
}

bool acts_on(Mechanism mechanism, const System& system) {
  switch (entry_of(mechanism).of) {
    case Of::any: return true;
    case Of::shared_pool: return system.shared_pool;
    case Of::limited_link: return system.shared_pool && system.link_bits_per_s > 0;
    case Of::own_cores: return !system.shared_pool;
  }
  throw std::logic_error("mechanisms: not a kind of system");
}

}  // namespace ringtrue
