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
      devices_(folded ? 1 : npus_),
      topology_(network.dimensions.front().topology) {
  if (backend == Backend::congestion_unaware) return;
  bytes_per_ns_ = bytes_per_ns(dimensions_.front());
  latency_ns_ = dimensions_.front().latency_ns;
  if (topology_ != Topology::fully_connected)
    links_.resize(2 * std::size_t{devices_});
  else if (!folded && npus_ <= most_paired_npus)
    links_.resize(std::size_t{devices_} * npus_);
}

std::uint32_t Fabric::pair_link(const Message& message, std::uint32_t relative) {
  if (npus_ <= most_paired_npus && !folded_) return message.source * npus_ + relative;
  const std::uint64_t pair = std::uint64_t{message.source} * npus_ + relative;
  const auto [position, added] = pairs_.try_emplace(pair, static_cast<std::uint32_t>(links_.size()));
  if (added) links_.emplace_back();
  return position->second;
}

void Fabric::note_transmission(std::uint32_t link, std::uint32_t id) {
  if (pushed_.size() <= id) pushed_.resize(messages_.size());
  pushed_[id] = events_.now();
  if (link == none) return;
  if (topology_ != Topology::switched) messages_[id].at = messages_[id].destination;
  if (topology_ == Topology::switched && link == devices_) down_freed_ = events_.now();
}

void Fabric::note_down_link(std::uint32_t actor, Cycles pushed) {
  down_order_.touch(events_.now(), pushed, actor, none);
}

void Fabric::describe(std::uint32_t id, std::vector<std::uint64_t>& state) const {
  const Message& message = messages_[id];
  state.insert(state.end(), {message.bytes, message.receiver, message.slot, message.at});
}

void Fabric::describe(std::vector<std::uint64_t>& state) const {
  for (std::size_t link = 0; link < links_.size(); ++link) {
    if (links_[link].head == idle) continue;
    state.push_back(link);
    for (std::uint32_t id = links_[link].head; id != none; id = messages_[id].next) describe(id, state);
  }
}

void Fabric::set_delays(std::uint64_t bytes) {
  const double serialization = static_cast<double>(bytes) / bytes_per_ns_;
  serialization_ = whole_cycles(serialization);
  transit_ = whole_cycles(latency_ns_ + serialization);
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
  return whole_cycles(hops * dimension.latency_ns + static_cast<double>(bytes) / bytes_per_ns(dimension));
}

}  // namespace ringtrue::astra
