#pragma once

#include <cstdint>

namespace ringtrue::astra {

/// Node.type of chakra.proto, what is used of it.
enum NodeType : std::uint32_t {
  metadata = 1,
  memory_load = 2,
  memory_store = 3,
  compute = 4,
  send = 5,
  receive = 6,
  collective = 7
};

}  // namespace ringtrue::astra
