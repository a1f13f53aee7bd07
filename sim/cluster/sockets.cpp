#include "sim/cluster/sockets.hpp"

#include <algorithm>
#include <tuple>

namespace ringtrue {
namespace {

/// What the kernel hands on at once: the largest TCP send (GSO), 45 segments; traced.
constexpr Bytes fragment{45 * 1448};
/// Headers of ob1 and btl/tcp before the payload (14 + 8 bytes) count for the wire only.
constexpr Bytes message_headers{22};

}  // namespace

Sockets::Sockets(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
                 EventQueue<PollingEvent>& events, Delivered delivered)
    : cost_(scale.cross_core),
      buffer_(bytes_walked(experiment)),
      eager_(largest_eager_message(platform.eager_limit)),
      ranks_(experiment.ranks),
      system_(platform.system),
      events_(events),
      delivered_(std::move(delivered)),
      links_(static_cast<std::size_t>(platform.system.hosts), OutgoingLink(platform.link)),
      inboxes_(static_cast<std::size_t>(experiment.ranks)) {}

int Sockets::message_of(Pair& pair, std::size_t n, int source, const Operation& operation, int destination) {
  if (pair.messages.size() <= n) {
    messages_.push_back({.source = source, .destination = destination, .size = {operation.span.length}});
    pair.messages.push_back(static_cast<int>(messages_.size() - 1));
  }
  return pair.messages[n];
}

/// Half of a message's CPU time is the sender's, half the receiver's; a part of it costs in proportion.
SimTime Sockets::cost(const Packet& packet) {
  if (cost_.empty()) return SimTime{0};
  const Bytes size = packet.payload.count == 0 ? Bytes{0} : messages_[static_cast<std::size_t>(packet.message)].size;
  const Cost whole = cost_.at(size, buffer_);
  extrapolated_ = extrapolated_ || whole.extrapolated;
  const double share = size.count == 0 ? 1 : static_cast<double>(packet.payload.count) / static_cast<double>(size.count);
  return to_sim_time(whole.time * share / 2);
}

/// Ranks it goes from and to.
std::pair<int, int> Sockets::ends_of(const Packet& packet) const {
  const Message& message = messages_[static_cast<std::size_t>(packet.message)];
  if (packet.kind == Kind::clearance) return {message.destination, message.source};
  return {message.source, message.destination};
}

SimTime Sockets::put(Packet packet, SimTime now) {
  const SimTime busy = packet.kind == Kind::complete ? SimTime{0} : cost(packet);
  packets_.push_back(packet);
  events_.schedule(now + busy, PollingEvent::hand, static_cast<std::uint32_t>(packets_.size() - 1));
  return busy;
}

void Sockets::hand(std::uint32_t index) {
  const auto [from, to] = ends_of(packets_[index]);
  const int host = host_of_rank(from, ranks_, system_);
  const bool leaves = host != host_of_rank(to, ranks_, system_);
  OutgoingLink& link = links_[static_cast<std::size_t>(host)];
  const Bytes wire = wire_bytes(packets_[index].payload + message_headers);
  events_.schedule(leaves ? link.send(events_.now(), wire) : events_.now(), PollingEvent::arrive, index);
}

void Sockets::arrive(std::uint32_t packet) {
  const int to = ends_of(packets_[packet]).second;
  inboxes_[static_cast<std::size_t>(to)].push_back(packet);
  delivered_(to);
}

SimTime Sockets::send(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer) {
  Pair& pair = pairs_[{rank, operation.peer, operation.tag}];
  const int index = message_of(pair, pair.sends++, rank, operation, operation.peer);
  transfer = {.message = index, .sending = true};
  Message& message = messages_[static_cast<std::size_t>(index)];
  if (needs_clearance(message)) return put({Kind::announcement, index, Bytes{0}}, now);
  message.sent = true;
  return put({Kind::eager, index, message.size}, now);
}

SimTime Sockets::receive(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer) {
  Pair& pair = pairs_[{operation.peer, rank, operation.tag}];
  const int index = message_of(pair, pair.receives++, operation.peer, operation, rank);
  transfer = {.message = index, .sending = false};
  Message& message = messages_[static_cast<std::size_t>(index)];
  message.posted = true;
  return message.announced ? put({Kind::clearance, index, Bytes{0}}, now) : SimTime{0};
}

SimTime Sockets::send_all(int index, SimTime now) {
  Message& message = messages_[static_cast<std::size_t>(index)];
  SimTime busy{};
  for (Bytes left = message.size; left.count > 0;) {
    const Bytes part = std::min(left, fragment);
    busy += put({Kind::part, index, part}, now + busy);
    left = left - part;
  }
  message.sent = true;
  return busy + put({Kind::complete, index, Bytes{0}}, now + busy);
}

SimTime Sockets::take(const Packet& packet, SimTime now) {
  Message& message = messages_[static_cast<std::size_t>(packet.message)];
  switch (packet.kind) {
    case Kind::complete: message.received = true; return SimTime{0};
    case Kind::eager: message.received = true; return cost(packet);
    case Kind::part: return cost(packet);
    case Kind::announcement: {
      message.announced = true;
      const SimTime busy = cost(packet);
      return message.posted ? busy + put({Kind::clearance, packet.message, Bytes{0}}, now + busy) : busy;
    }
    case Kind::clearance: {
      const SimTime busy = cost(packet);
      return busy + send_all(packet.message, now + busy);
    }
  }
  throw std::logic_error("Sockets: not a kind of packet");
}

SimTime Sockets::poll(int rank, SimTime now) {
  auto& inbox = inboxes_[static_cast<std::size_t>(rank)];
  SimTime busy{};
  while (!inbox.empty()) {
    const Packet packet = packets_[inbox.front()];
    inbox.pop_front();
    busy += take(packet, now + busy);
  }
  return busy;
}

bool Sockets::done(const SocketTransfer& transfer) const {
  if (transfer.message < 0) return true;
  const Message& message = messages_[static_cast<std::size_t>(transfer.message)];
  return transfer.sending ? message.sent : message.received;
}

}  // namespace ringtrue
