#include "sim/cluster/sockets.hpp"

#include <algorithm>
#include <tuple>

namespace ringtrue {
namespace {

/// What the kernel hands on at once: the largest TCP send (GSO).
constexpr Bytes fragment = 64_KiB;
/// Headers of ob1 and btl/tcp before the payload (14 + 8 bytes) count for the wire only.
constexpr Bytes message_headers{22};

}  // namespace

Sockets::Sockets(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
                 Delivered delivered)
    : cost_(scale.cross_core),
      buffer_(bytes_walked(experiment)),
      eager_(largest_eager_message(platform.eager_limit)),
      ranks_(experiment.ranks),
      system_(platform.system),
      delivered_(std::move(delivered)),
      links_(static_cast<std::size_t>(platform.system.hosts), OutgoingLink(platform.link)),
      inboxes_(static_cast<std::size_t>(experiment.ranks)) {}

/// Half of a message's CPU time is the sender's, half the receiver's; a part of it costs in proportion.
SimTime Sockets::cost(Bytes size, Bytes part) {
  if (cost_.empty()) return SimTime{0};
  const Cost whole = cost_.at(size, buffer_);
  extrapolated_ = extrapolated_ || whole.extrapolated;
  const double share = size.count == 0 ? 1 : static_cast<double>(part.count) / static_cast<double>(size.count);
  return to_sim_time(whole.time * share / 2);
}

int Sockets::message_of(Pair& pair, std::size_t n, int source, const Operation& operation, int destination) {
  if (pair.messages.size() <= n) {
    messages_.push_back({.source = source, .destination = destination, .size = {operation.span.length}});
    pair.messages.push_back(static_cast<int>(messages_.size() - 1));
  }
  return pair.messages[n];
}

SimTime Sockets::put(Kind kind, int message, Bytes payload, SimTime now) {
  const Message& m = messages_[static_cast<std::size_t>(message)];
  const bool backwards = kind == Kind::clearance;
  const int from = backwards ? m.destination : m.source, to = backwards ? m.source : m.destination;
  const SimTime busy = cost(backwards ? Bytes{0} : m.size, payload);
  const auto host = static_cast<std::size_t>(host_of_rank(from, ranks_, system_));
  const bool leaves = static_cast<int>(host) != host_of_rank(to, ranks_, system_);
  const SimTime arrival = leaves ? links_[host].send(now + busy, wire_bytes(payload + message_headers)) : now + busy;
  inboxes_[static_cast<std::size_t>(to)].push({arrival, next_sequence_++, kind, message, payload});
  delivered_(to, arrival);
  return busy;
}

SimTime Sockets::send(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer) {
  Pair& pair = pairs_[{rank, operation.peer, operation.tag}];
  const int index = message_of(pair, pair.sends++, rank, operation, operation.peer);
  transfer = {.message = index, .sending = true};
  Message& message = messages_[static_cast<std::size_t>(index)];
  if (needs_clearance(message)) return put(Kind::announcement, index, eager_, now);
  message.sent = true;
  return put(Kind::eager, index, message.size, now);
}

SimTime Sockets::receive(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer) {
  Pair& pair = pairs_[{operation.peer, rank, operation.tag}];
  const int index = message_of(pair, pair.receives++, operation.peer, operation, rank);
  transfer = {.message = index, .sending = false};
  Message& message = messages_[static_cast<std::size_t>(index)];
  message.posted = true;
  return needs_clearance(message) && message.announced ? clear(index, now) : SimTime{0};
}

SimTime Sockets::clear(int message, SimTime now) { return put(Kind::clearance, message, Bytes{0}, now); }

SimTime Sockets::send_rest(int message, SimTime now) {
  Bytes left = messages_[static_cast<std::size_t>(message)].size - eager_;
  SimTime busy{};
  while (left.count > 0) {
    const Bytes part = std::min(left, fragment);
    busy += put(Kind::rest, message, part, now + busy);
    left = left - part;
  }
  messages_[static_cast<std::size_t>(message)].sent = true;
  return busy;
}

SimTime Sockets::take(const Packet& packet, SimTime now) {
  Message& message = messages_[static_cast<std::size_t>(packet.message)];
  if (packet.kind == Kind::clearance) {
    const SimTime busy = cost(Bytes{0}, Bytes{0});
    return busy + send_rest(packet.message, now + busy);
  }
  const SimTime busy = cost(message.size, packet.payload);
  message.received += packet.payload.count;
  message.announced = true;
  const bool clears = packet.kind == Kind::announcement && message.posted;
  return clears ? busy + clear(packet.message, now + busy) : busy;
}

SimTime Sockets::poll(int rank, SimTime now) {
  auto& inbox = inboxes_[static_cast<std::size_t>(rank)];
  SimTime busy{};
  while (!inbox.empty() && inbox.top().arrival <= now) {
    const Packet packet = inbox.top();
    inbox.pop();
    busy += take(packet, now + busy);
  }
  return busy;
}

bool Sockets::done(const SocketTransfer& transfer) const {
  if (transfer.message < 0) return true;
  const Message& message = messages_[static_cast<std::size_t>(transfer.message)];
  if (transfer.sending) return message.sent;
  return message.announced && message.received >= message.size.count;
}

SimTime Sockets::next_arrival(int rank) const {
  const auto& inbox = inboxes_[static_cast<std::size_t>(rank)];
  return inbox.empty() ? SimTime::max() : inbox.top().arrival;
}

}  // namespace ringtrue
