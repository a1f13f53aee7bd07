#pragma once

#include <cstddef>
#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

struct ChannelMessage {
  bool sent = false;
  SimTime visible{};
  bool taken = false;
};

/// What goes from one rank to another with one tag; messages keep their order.
template <class Message>
struct ChannelOf {
  int source = 0, destination = 0, tag = 0;
  std::size_t sends = 0, receives = 0;  ///< Started so far; the n-th send meets the n-th receive.
  std::vector<Message> messages{};      ///< Never shrinks: transfers point into it by index.

  /// The n-th message, whether its send or its receive comes first.
  Message& message(std::size_t n) {
    if (messages.empty()) messages.reserve(16);  // most have fewer
    if (messages.size() <= n) messages.resize(n + 1);
    return messages[n];
  }
};

using Channel = ChannelOf<ChannelMessage>;

/// All channels, made when first used and referred to by index. A `Kind` of channel has source, destination and tag.
template <class Kind>
class ChannelTable {
 public:
  explicit ChannelTable(int ranks) : of_source_(static_cast<std::size_t>(ranks)) {}

  int between(int source, int destination, int tag) {
    std::vector<int>& known = of_source_[static_cast<std::size_t>(source)];
    for (const int index : known)
      if ((*this)[index].destination == destination && (*this)[index].tag == tag) return index;
    Kind& channel = channels_.emplace_back();
    channel.source = source;
    channel.destination = destination;
    channel.tag = tag;
    known.push_back(static_cast<int>(channels_.size() - 1));
    return known.back();
  }
  Kind& operator[](int channel) { return channels_[static_cast<std::size_t>(channel)]; }
  const Kind& operator[](int channel) const { return channels_[static_cast<std::size_t>(channel)]; }

 private:
  std::vector<Kind> channels_;
  std::vector<std::vector<int>> of_source_;
};

using Channels = ChannelTable<Channel>;

}  // namespace ringtrue
