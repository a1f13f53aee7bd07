#include "sim/astra/engine/fabric.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringtrue::astra {
namespace {

constexpr std::uint32_t most_paired_npus = 256;  // beyond, links of a fully connected network are made when used

double bytes_per_ns(const Dimension& dimension) { return dimension.bandwidth_gib_per_s * (1 << 30) / 1e9; }

}  // namespace

Fabric::Fabric(const Network& network, Backend backend, bool folded, BucketQueue& events)
    : dimensions_(network.dimensions),
      backend_(backend),
      folded_(folded),
      events_(events),
      npus_(static_cast<std::uint32_t>(npu_count(network))),
      topology_(network.dimensions.front().topology) {
  if (backend == Backend::congestion_unaware) return;
  bytes_per_ns_ = bytes_per_ns(dimensions_.front());
  latency_ns_ = dimensions_.front().latency_ns;
  const std::uint32_t devices = folded ? 1 : npus_;
  if (topology_ != Topology::fully_connected)
    links_.resize(2 * std::size_t{devices});
  else if (folded || npus_ <= most_paired_npus)
    links_.resize(std::size_t{devices} * npus_);
}

std::uint32_t Fabric::store(const Message& message) {
  if (free_ == none) {
    messages_.push_back(message);
    return static_cast<std::uint32_t>(messages_.size() - 1);
  }
  const std::uint32_t id = free_;
  free_ = messages_[id].next;
  messages_[id] = message;
  return id;
}

void Fabric::send(const Message& message, std::uint32_t relative) {
  const std::uint32_t id = store(message);
  if (backend_ == Backend::congestion_unaware) {
    messages_[id].at = message.destination;
    events_.push(events_.now() + unaware_time(message, relative), {arrival, id});
    return;
  }
  messages_[id].at = message.source;
  enter(first_link(messages_[id], relative), id);
}

/// Also sets the device at the far end. Link 2i leads from NPU i clockwise or to the switch, 2i + 1 anticlockwise or
/// from the switch.
std::uint32_t Fabric::first_link(const Message& message, std::uint32_t relative) {
  switch (topology_) {
    case Topology::ring: return 2 * message.source + (2 * relative <= npus_ ? 0 : 1);
    case Topology::switched: return 2 * message.source;
    case Topology::fully_connected: return pair_link(message, relative);
  }
  throw std::logic_error("first_link: not a topology");
}

std::uint32_t Fabric::pair_link(const Message& message, std::uint32_t relative) {
  if (npus_ <= most_paired_npus || folded_) return message.source * npus_ + relative;
  const std::uint64_t pair = std::uint64_t{message.source} * npus_ + relative;
  const auto [position, added] = pairs_.try_emplace(pair, static_cast<std::uint32_t>(links_.size()));
  if (added) links_.emplace_back();
  return position->second;
}

void Fabric::enter(std::uint32_t link, std::uint32_t id) {
  Link& l = links_[link];
  if (!l.busy) {
    transmit(link, id);
    return;
  }
  messages_[id].next = none;
  if (l.head == none)
    l.head = id;
  else
    messages_[l.tail].next = id;
  l.tail = id;
}

void Fabric::transmit(std::uint32_t link, std::uint32_t id) {
  Message& message = messages_[id];
  links_[link].busy = true;
  if (message.bytes != delays_of_) set_delays(message.bytes);
  switch (topology_) {
    case Topology::ring:
      message.at = (link & 1) == 0 ? (message.at + 1 == npus_ ? 0 : message.at + 1)
                                   : (message.at == 0 ? npus_ - 1 : message.at - 1);
      break;
    case Topology::switched: message.at = (link & 1) == 0 ? npus_ : message.destination; break;
    case Topology::fully_connected: message.at = message.destination; break;
  }
  if (folded_ && topology_ != Topology::switched) message.at = message.destination;
  events_.push(events_.now() + transit_, {arrival, id});
  events_.push(events_.now() + serialization_, {link_free, link});
}

bool Fabric::arrive(std::uint32_t id) {
  const Message& message = messages_[id];
  if (message.at == message.destination) return true;
  if (topology_ == Topology::switched) {
    enter(2 * message.destination + 1, id);
  } else {  // a ring: on, the way it came
    const std::uint32_t relative = (message.destination + npus_ - message.source) % npus_;
    enter(2 * message.at + (2 * relative <= npus_ ? 0 : 1), id);
  }
  return false;
}

void Fabric::free_link(std::uint32_t id) {
  Link& link = links_[id];
  link.busy = false;
  if (link.head == none) return;
  const std::uint32_t next = link.head;
  link.head = messages_[next].next;
  transmit(id, next);
}

void Fabric::set_delays(std::uint64_t bytes) {
  const double serialization = static_cast<double>(bytes) / bytes_per_ns_;
  serialization_ = static_cast<Cycles>(serialization);
  transit_ = static_cast<Cycles>(latency_ns_ + serialization);
  delays_of_ = bytes;
}

/// Only the first dimension in which the two ranks differ counts.
Cycles Fabric::unaware_time(const Message& message, std::uint32_t relative) const {
  if (dimensions_.size() == 1) return dimension_time(dimensions_.front(), relative, message.bytes);
  std::uint32_t source = folded_ ? 0 : message.source;
  std::uint32_t destination = folded_ ? relative : message.destination;
  for (const Dimension& dimension : dimensions_) {
    const auto n = static_cast<std::uint32_t>(dimension.npus);
    if (source % n != destination % n)
      return dimension_time(dimension, (destination % n + n - source % n) % n, message.bytes);
    source /= n;
    destination /= n;
  }
  throw std::logic_error("unaware_time: a message to oneself");
}

Cycles Fabric::dimension_time(const Dimension& dimension, std::uint32_t distance, std::uint64_t bytes) const {
  const auto n = static_cast<std::uint32_t>(dimension.npus);
  double hops = 1;
  if (dimension.topology == Topology::ring) hops = std::min(distance, n - distance);
  if (dimension.topology == Topology::switched) hops = 2;
  return static_cast<Cycles>(hops * dimension.latency_ns + static_cast<double>(bytes) / bytes_per_ns(dimension));
}

}  // namespace ringtrue::astra
