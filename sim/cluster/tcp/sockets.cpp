#include "sim/cluster/tcp/sockets.hpp"

#include <algorithm>
#include <utility>

namespace ringtrue {
namespace {

/// Headers of ob1 and btl/tcp before the payload (14 + 8 bytes) count for the wire only; those of a long message go
/// with the words around it.
constexpr Bytes message_headers{22};

/// Of the CPU time of an empty message: what is written to a socket the kernel delivers to the other one in the same
/// call. Traced with perf: 6.6 us to write, 1.7 us to read.
constexpr double writer_share = 0.8;

}  // namespace

Sockets::Sockets(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
                 EventQueue<PollingEvent>& events, Delivered delivered)
    : cost_(scale.cross_core),
      buffer_(bytes_walked(experiment)),
      empty_message_(cost_.empty() ? Seconds{0} : cost_.at(Bytes{0}, buffer_).time),
      write_cost_(to_sim_time(empty_message_ * writer_share)),
      read_cost_(to_sim_time(empty_message_ * (1 - writer_share))),
      acknowledgement_(platform.has(Mechanism::acknowledgements) ? to_sim_time(scale.acknowledgement) : SimTime{0}),
      eager_(largest_unannounced(platform)),
      one_read_(platform.has(Mechanism::one_read)),
      late_words_(platform.has(Mechanism::late_words)),
      small_queues_(platform.has(Mechanism::small_queues) && platform.link.bits_per_s > 0),
      events_(events),
      delivered_(std::move(delivered)),
      limit_(platform.link),
      links_(static_cast<std::size_t>(platform.system.hosts), OutgoingLink(platform.link)),
      connections_(experiment.ranks),
      pairs_(experiment.ranks),
      inboxes_(static_cast<std::size_t>(experiment.ranks)),
      cleared_(static_cast<std::size_t>(experiment.ranks)) {
  for (int rank = 0; rank < experiment.ranks; ++rank)
    host_of_.push_back(static_cast<std::size_t>(host_of_rank(rank, experiment.ranks, platform.system)));
}

int Sockets::nth_message(Pair& pair, std::size_t n, Bytes size) {
  if (pair.messages.size() <= n) {
    Message message{.source = pair.source, .destination = pair.destination, .size = size};
    message.connection = connections_.between(pair.source, pair.destination, 0);
    if (!cost_.empty() && size.count > 0) {
      const Cost whole = cost_.at(size, buffer_);
      extrapolated_ = extrapolated_ || whole.extrapolated;
      message.bytes_time = whole.time - empty_message_;
    }
    messages_.push_back(message);
    pair.messages.push_back(static_cast<int>(messages_.size() - 1));
  }
  return pair.messages[n];
}

/// CPU time of the bytes on one side, in proportion to what those of the whole message cost on both.
SimTime Sockets::byte_cost(const Packet& packet) const {
  if (packet.payload.count == 0) return SimTime{0};
  const Message& message = message_of(packet);
  const double share = static_cast<double>(packet.payload.count) / static_cast<double>(message.size.count);
  return to_sim_time(message.bytes_time * share / 2);
}

/// Ranks it goes from and to.
std::pair<int, int> Sockets::ends_of(const Packet& packet) const {
  const Message& message = message_of(packet);
  if (packet.kind == Kind::clearance) return {message.destination, message.source};
  return {message.source, message.destination};
}

Sockets::Connection& Sockets::connection_of(const Packet& packet) {
  const Message& message = message_of(packet);
  if (packet.kind != Kind::clearance) return connections_[message.connection];
  return connections_[connections_.between(message.destination, message.source, 0)];
}

std::uint32_t Sockets::keep(const Packet& packet) {
  if (unused_.empty()) {
    packets_.push_back(packet);
    return static_cast<std::uint32_t>(packets_.size() - 1);
  }
  const std::uint32_t index = unused_.back();
  unused_.pop_back();
  packets_[index] = packet;
  return index;
}

/// Its place is free from now on.
Sockets::Packet Sockets::give_up(std::uint32_t index) {
  unused_.push_back(index);
  return packets_[index];
}

/// Hands the packet to the link after `busy`, and returns that.
SimTime Sockets::put(Packet packet, SimTime now, SimTime busy) {
  events_.schedule(now + busy, PollingEvent::hand, keep(packet));
  return busy;
}

/// What the receiver's kernel does as the packet arrives takes the writer's time too: the core is the same.
SimTime Sockets::write(Packet packet, SimTime now) {
  packet.acknowledged = acknowledged_at_once(packet);
  const SimTime busy = put(packet, now, write_cost_ + byte_cost(packet));
  return packet.acknowledged ? busy + acknowledgement_ : busy;
}

bool Sockets::acknowledged_at_once(const Packet& packet) {
  const auto ends = ends_of(packet);
  if (within_host(ends)) return false;
  connections_[connections_.between(ends.second, ends.first, 0)].acknowledgements.answer();
  return connection_of(packet).acknowledgements.write(packet.payload + message_headers);
}

/// CPU time of acknowledging what `rank` has read from `source`, words and short messages and parcels.
SimTime Sockets::acknowledge_read(int source, int rank, SimTime now) {
  if (within_host({source, rank})) return SimTime{0};
  const auto parcels =
      std::ranges::find_if(parcels_, [&](const Packet& first) { return message_of(first).source == source; });
  const bool short_ones = connections_[connections_.between(source, rank, 0)].acknowledgements.read();
  const bool long_ones = parcels != parcels_.end();
  if (long_ones) send_acknowledgement(*parcels, now);
  if (short_ones && !long_ones) link_of(rank).send(now, wire_bytes(Bytes{0}));
  return short_ones || long_ones ? acknowledgement_ : SimTime{0};
}

Bytes Sockets::wire_of(const Packet& packet) {
  return wire_bytes(packet.kind == Kind::part ? packet.payload : packet.payload + message_headers);
}

/// Packets within a host do not meet its link.
void Sockets::hand(std::uint32_t index) {
  if (within_host(ends_of(packets_[index]))) return events_.schedule(events_.now(), PollingEvent::arrive, index);
  Connection& connection = connection_of(packets_[index]);
  connection.waiting.push_back(index);
  admit(connection);
}

/// Hands on what has room: other connections of the host need not wait behind all that this one has to send.
void Sockets::admit(Connection& connection) {
  while (!connection.waiting.empty() && (!small_queues_ || connection.pace.has_room())) {
    const std::uint32_t index = connection.waiting.front();
    connection.waiting.pop_front();
    Packet& packet = packets_[index];
    packet.handed_on = events_.now();
    if (packet.kind == Kind::part) connection.pace.hand_on(packet.payload);
    OutgoingLink& link = link_of(ends_of(packet).first);
    events_.schedule(link.send(events_.now(), wire_of(packet)), PollingEvent::arrive, index);
  }
}

void Sockets::arrive(std::uint32_t index) {
  const Packet& packet = packets_[index];
  const auto ends = ends_of(packet);
  if (!within_host(ends)) {
    Connection& connection = connection_of(packet);
    if (packet.kind == Kind::part) {
      connection.acknowledgements.arrive_parcel();
      connection.pace.leave(packet.payload);
      admit(connection);
    } else {
      connection.acknowledgements.arrive(packet.payload + message_headers, packet.acknowledged);
      if (packet.acknowledged) link_of(ends.second).send(events_.now(), wire_bytes(Bytes{0}));
    }
  }
  inboxes_[static_cast<std::size_t>(ends.second)].push_back(index);
  delivered_(ends.second);
}

void Sockets::send_acknowledgement(const Packet& parcels, SimTime now) {
  const auto ends = ends_of(parcels);
  events_.schedule(link_of(ends.second).send(now, wire_bytes(Bytes{0})), PollingEvent::acknowledge, keep(parcels));
}

void Sockets::acknowledge(std::uint32_t index) {
  const Packet parcels = give_up(index);
  Connection& connection = connection_of(parcels);
  connection.pace.acknowledge(parcels.payload, events_.now() - parcels.handed_on);
  admit(connection);
}

SimTime Sockets::send(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer) {
  Pair& pair = pairs_[pairs_.between(rank, operation.peer, operation.tag)];
  const int index = nth_message(pair, pair.sends++, {operation.span.length});
  transfer = {.message = index, .sending = true};
  Message& message = messages_[static_cast<std::size_t>(index)];
  if (needs_clearance(message)) return write({Kind::announcement, index, Bytes{0}}, now);
  message.sent = true;
  return write({Kind::eager, index, message.size}, now);
}

SimTime Sockets::receive(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer) {
  Pair& pair = pairs_[pairs_.between(operation.peer, rank, operation.tag)];
  const int index = nth_message(pair, pair.receives++, {operation.span.length});
  transfer = {.message = index, .sending = false};
  Message& message = messages_[static_cast<std::size_t>(index)];
  message.posted = true;
  return message.announced ? write({Kind::clearance, index, Bytes{0}}, now) : SimTime{0};
}

/// One write of all bytes of a message, which the kernel cuts.
SimTime Sockets::write_bytes(int index, SimTime now) {
  Message& message = messages_[static_cast<std::size_t>(index)];
  SimTime busy = write_cost_;
  for (Bytes left = message.size; left.count > 0;) {
    const Packet part{Kind::part, index, std::min(left, SocketPace::parcel)};
    busy = put(part, now, busy + byte_cost(part));
    left = left - part.payload;
  }
  message.sent = true;
  return busy;
}

/// Messages to one rank that were cleared together: their bytes one after the other, then the words that they are
/// complete. A word is queued when its bytes are written, and then the next message's bytes are in the queue already
/// (traced; btl/tcp mca_btl_tcp_endpoint_send_handler).
SimTime Sockets::write_cleared(int rank, SimTime now) {
  std::vector<int> cleared = std::exchange(cleared_[static_cast<std::size_t>(rank)], {});
  const auto destination = [&](int index) { return messages_[static_cast<std::size_t>(index)].destination; };
  std::ranges::stable_sort(cleared, {}, destination);
  SimTime busy{};
  const auto write_word = [&](int index) { busy += write({Kind::complete, index, Bytes{0}}, now + busy); };
  for (auto first = cleared.begin(); first != cleared.end();) {
    const auto last = std::find_if(first, cleared.end(), [&](int i) { return destination(i) != destination(*first); });
    for (auto index = first; index != last; ++index) {
      busy += write_bytes(*index, now + busy);
      if (!late_words_) write_word(*index);
    }
    if (late_words_) std::for_each(first, last, write_word);
    first = last;
  }
  return busy;
}

/// What a packet that was read leads to, and how long that keeps the CPU busy.
SimTime Sockets::take(const Packet& packet, SimTime now) {
  Message& message = messages_[static_cast<std::size_t>(packet.message)];
  switch (packet.kind) {
    case Kind::part: return SimTime{0};
    case Kind::eager:
    case Kind::complete: message.received = true; return SimTime{0};
    case Kind::announcement:
      message.announced = true;
      return message.posted ? write({Kind::clearance, packet.message, Bytes{0}}, now) : SimTime{0};
    case Kind::clearance:
      cleared_[static_cast<std::size_t>(message.source)].push_back(packet.message);
      return SimTime{0};
  }
  throw std::logic_error("Sockets: not a kind of packet");
}

/// All that has arrived from one rank takes one read (btl/tcp reads as much as there is). Then, if something was
/// cleared in an earlier poll, its bytes are written, and behind them those of what was cleared just now.
SimTime Sockets::poll(int rank, SimTime now) {
  const bool writes = !cleared_[static_cast<std::size_t>(rank)].empty();
  reading_.clear();
  reading_.swap(inboxes_[static_cast<std::size_t>(rank)]);
  sources_.clear();
  parcels_.clear();
  SimTime busy{};
  for (const std::uint32_t index : reading_) {
    const Packet packet = give_up(index);
    const int source = ends_of(packet).first;
    const bool read = std::ranges::find(sources_, source) != sources_.end();
    if (!read) sources_.push_back(source);
    if (packet.kind == Kind::part) add_parcel(packet);
    if (!read || !one_read_) busy += read_cost_;
    busy += byte_cost(packet);
    busy += take(packet, now + busy);
  }
  std::ranges::sort(sources_);
  for (const int source : sources_) busy += acknowledge_read(source, rank, now);
  if (writes) busy += write_cleared(rank, now + busy);
  return busy;
}

void Sockets::add_parcel(const Packet& packet) {
  const auto same_source = [&](const Packet& first) { return message_of(first).source == message_of(packet).source; };
  const auto first = std::ranges::find_if(parcels_, same_source);
  if (first == parcels_.end()) {
    parcels_.push_back(packet);
  } else {
    first->payload = first->payload + packet.payload;
  }
}

SimTime Sockets::credit(SimTime now) const {
  SimTime sum{0};
  for (const OutgoingLink& link : links_) sum += link.credit(now);
  return sum;
}

bool Sockets::done(const SocketTransfer& transfer) const {
  if (transfer.message < 0) return true;
  const Message& message = messages_[static_cast<std::size_t>(transfer.message)];
  return transfer.sending ? message.sent : message.received;
}

}  // namespace ringtrue
