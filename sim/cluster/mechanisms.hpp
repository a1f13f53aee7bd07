#pragma once

#include <span>
#include <string>
#include <string_view>

#include "experiment/system.hpp"

namespace ringtrue {

/// What the cluster model is made of, each of which can be left out to see what it is worth.
enum class Mechanism {
  turns,             ///< A turn or a latency costs time.
  next_turn,         ///< What a poll brought is acted on a turn later.
  fair_shares,       ///< The kernel gives turns by fair shares of the core, not in a round.
  own_turns,         ///< A turn, and with it a message, costs each number of ranks something else.
  one_read,          ///< All that has come from one rank is read at once.
  acknowledgements,  ///< Acknowledgements that no data carries cost CPU time.
  clearance,         ///< Long messages are announced and wait to be cleared.
  late_words,        ///< Of long messages that are cleared together none is complete before the last one's bytes.
  link_rate,         ///< Links have a rate and are first in, first out.
  link_burst,        ///< A link lets a burst through at once after a pause.
  small_queues,  ///< A socket has a few parcels in its host's queue, as TCP's window and pacing say, not all it sends.
  warm_scratch,  ///< What comes into scratch finds it in the cache.
  ownership,     ///< What another core has read has to be taken back before it is written.
  states         ///< Fast and slow states of the machine are fitted apart.
};

std::span<const Mechanism> all_mechanisms();
std::string_view to_string(Mechanism mechanism);
/// The model without it, in a sentence for the report.
std::string_view without_it(Mechanism mechanism);
/// Throws Error; `where` opens its message.
Mechanism parse_mechanism(std::string_view text, const std::string& where);
/// The model of this system has the mechanism.
bool acts_on(Mechanism mechanism, const System& system);

}  // namespace ringtrue
