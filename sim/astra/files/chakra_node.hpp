#pragma once

#include <cstdint>
#include <string>

#include "sim/astra/workload.hpp"

namespace ringtrue::chakra {
class Node;
}

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

/// One node of rank `rank`'s trace. Throws Error naming file and node.
Node read_node(const chakra::Node& node, int rank, const std::string& where);
/// True if the node has the attributes inputs and outputs.
bool lists_tensors(const chakra::Node& node);

}  // namespace ringtrue::astra
