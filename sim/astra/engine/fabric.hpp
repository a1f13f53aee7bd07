#pragma once

#include <cstdint>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "sim/astra/engine/bucket_queue.hpp"

namespace ringtrue::astra {

/// What events a simulation consists of; Event::subject is what the comment says.
enum EventKind : std::uint32_t {
  arrival,    ///< message: reaches the next device on its way
  link_free,  ///< link
  calls,      ///< call list: everything an NPU has to do in one tick
  receive,    ///< message: it was there before anybody waited for it, and now somebody does
};

/// A message on its way; whole messages are stored and forwarded.
struct Message {
  std::uint64_t bytes = 0;
  std::uint32_t source = 0, destination = 0;
  std::uint32_t receiver = 0;  ///< Of the simulation: who waits for it, and
  std::uint32_t slot = 0;      ///< where it is looked for.
  std::uint32_t at = 0;        ///< Device it is on or heading for.
  std::uint32_t next = 0;      ///< In the queue of a link.
};

/// Thrown by a folded simulation: one rank cannot stand for all.
struct Asymmetric {};

/// Touches of one thing within one tick. Events pushed in one tick by different ranks come in the order of the ranks,
/// which no single rank can stand for; those pushed in different ticks, or by one rank, keep their order everywhere.
class TouchOrder {
 public:
  /// `actor` is who pushed the event, 0 oneself; messages of one `stream` may come in any order. Throws Asymmetric.
  void touch(Cycles now, Cycles pushed, std::uint32_t actor, std::uint32_t stream) {
    if (now != now_ || pushed != pushed_) {
      *this = TouchOrder(now, pushed, actor, stream);
      return;
    }
    one_actor_ = one_actor_ && actor == actor_;
    one_stream_ = one_stream_ && actor != 0 && actor_ != 0 && stream == stream_;
    if (!one_actor_ && !one_stream_) throw Asymmetric{};
  }
  TouchOrder() = default;

 private:
  TouchOrder(Cycles now, Cycles pushed, std::uint32_t actor, std::uint32_t stream)
      : now_(now), pushed_(pushed), actor_(actor), stream_(stream) {}
  Cycles now_ = ~Cycles{0}, pushed_ = 0;
  std::uint32_t actor_ = 0, stream_ = 0;
  bool one_actor_ = true, one_stream_ = true;
};

/// Carries messages between NPUs as ASTRA-sim's analytical backends do. Congestion aware: one dimension, each direction
/// of each link a FIFO server. Congestion unaware: any dimensions, a message takes latency and size over bandwidth.
///
/// Folded, only rank 0 exists and stands for all: what it sends, it receives from the rank as far on the other side.
/// Throws Asymmetric when messages of several ranks meet at a link in an order that depends on the ranks' numbers.
class Fabric {
 public:
  Fabric(const Network& network, Backend backend, bool folded, BucketQueue& events);

  /// Sends now. `relative` is destination - source modulo all ranks.
  void send(const Message& message, std::uint32_t relative);

  /// A message reached a device: true if it is its destination, else it is forwarded.
  bool arrive(std::uint32_t id);
  void free_link(std::uint32_t id);

  const Message& message(std::uint32_t id) const { return messages_[id]; }
  /// Folded only: when the message's latest arrival was pushed.
  Cycles pushed(std::uint32_t id) const { return pushed_[id]; }
  std::uint32_t store(const Message& message);

  /// Appends what the links are doing, apart from the identities of messages: equal for equal states.
  void describe(std::vector<std::uint64_t>& state) const;
  void describe(std::uint32_t message, std::vector<std::uint64_t>& state) const;
  void drop(std::uint32_t id) {
    messages_[id].next = free_;
    free_ = id;
  }

 private:
  static constexpr std::uint32_t none = 0xffffffff, idle = 0xfffffffe;
  /// Messages that wait for a link.
  struct Link {
    std::uint32_t head = idle;  ///< idle: nothing is being sent; none: something is, and nothing waits.
    std::uint32_t tail = none;
  };

  void enter(std::uint32_t link, std::uint32_t id);
  void transmit(std::uint32_t link, std::uint32_t id);
  std::uint32_t first_link(const Message& message, std::uint32_t relative);
  std::uint32_t pair_link(const Message& message, std::uint32_t relative);
  Cycles unaware_time(const Message& message, std::uint32_t relative) const;
  Cycles dimension_time(const Dimension& dimension, std::uint32_t distance, std::uint64_t bytes) const;
  void set_delays(std::uint64_t bytes);

  std::vector<Dimension> dimensions_;
  Backend backend_;
  bool folded_;
  BucketQueue& events_;
  std::uint32_t npus_, devices_;  ///< All, and those simulated.
  Topology topology_;
  double bytes_per_ns_ = 1, latency_ns_ = 0;
  std::uint64_t delays_of_ = 0;  ///< The message size the two delays below belong to.
  Cycles serialization_ = 0, transit_ = 0;
  std::vector<Link> links_;
  std::unordered_map<std::uint64_t, std::uint32_t> pairs_;  ///< Links of a large fully connected network.
  std::vector<Message> messages_;
  std::uint32_t free_ = none;
  std::vector<Cycles> pushed_;  ///< Folded only, per message.
  Cycles down_freed_ = 0;       ///< Folded only: when the latest link_free of the link from the switch was pushed.
  TouchOrder down_order_;       ///< Folded only, of that link.
  void note_transmission(std::uint32_t link, std::uint32_t id);
  void note_down_link(std::uint32_t actor, Cycles pushed);
};

// Inline, as every message runs through these.

/// Field by field: a temporary would be copied in wide loads right after narrow stores.
[[gnu::always_inline]] inline std::uint32_t Fabric::store(const Message& message) {
  std::uint32_t id = free_;
  if (id == none) {
    id = static_cast<std::uint32_t>(messages_.size());
    messages_.emplace_back();
  } else {
    free_ = messages_[id].next;
  }
  Message& stored = messages_[id];
  stored.bytes = message.bytes;
  stored.source = message.source;
  stored.destination = message.destination;
  stored.receiver = message.receiver;
  stored.slot = message.slot;
  return id;
}

/// Link i leads from NPU i clockwise or to the switch, link npus_ + i anticlockwise or from the switch.
[[gnu::always_inline]] inline std::uint32_t Fabric::first_link(const Message& message, std::uint32_t relative) {
  switch (topology_) {
    case Topology::ring: return message.source + (2 * relative <= npus_ ? 0 : devices_);
    case Topology::switched: return message.source;
    case Topology::fully_connected: return pair_link(message, relative);
  }
  throw std::logic_error("first_link: not a topology");
}

[[gnu::always_inline]] inline void Fabric::transmit(std::uint32_t link, std::uint32_t id) {
  Message& message = messages_[id];
  if (message.bytes != delays_of_) set_delays(message.bytes);
  switch (topology_) {
    case Topology::ring:
      message.at = link < devices_ ? (message.at + 1 == npus_ ? 0 : message.at + 1)
                                   : (message.at == 0 ? npus_ - 1 : message.at - 1);
      break;
    case Topology::switched: message.at = link < devices_ ? npus_ : message.destination; break;
    case Topology::fully_connected: message.at = message.destination; break;
  }
  if (folded_) note_transmission(link, id);
  events_.push(events_.now() + transit_, {arrival, id});
  events_.push(events_.now() + serialization_, {link_free, link});
}

[[gnu::always_inline]] inline void Fabric::enter(std::uint32_t link, std::uint32_t id) {
  Link& l = links_[link];
  if (l.head == idle) {
    l.head = none;
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

[[gnu::always_inline]] inline void Fabric::send(const Message& message, std::uint32_t relative) {
  const std::uint32_t id = store(message);
  if (backend_ == Backend::congestion_unaware) {
    messages_[id].at = message.destination;
    if (folded_) note_transmission(none, id);
    events_.push(events_.now() + unaware_time(message, relative), {arrival, id});
    return;
  }
  messages_[id].at = message.source;
  enter(first_link(messages_[id], relative), id);
}

[[gnu::always_inline]] inline bool Fabric::arrive(std::uint32_t id) {
  const Message& message = messages_[id];
  if (message.at == message.destination) return true;
  if (topology_ == Topology::switched) {
    if (folded_) note_down_link(message.slot + 1, pushed_[id]);
    enter(devices_ + message.destination, id);
  } else {  // a ring: on, the way it came
    const std::uint32_t relative = (message.destination + npus_ - message.source) % npus_;
    enter(message.at + (2 * relative <= npus_ ? 0 : devices_), id);
  }
  return false;
}

[[gnu::always_inline]] inline void Fabric::free_link(std::uint32_t id) {
  Link& link = links_[id];
  if (folded_ && id == devices_) note_down_link(0, down_freed_);
  if (link.head == none) {
    link.head = idle;
    return;
  }
  const std::uint32_t next = link.head;
  link.head = messages_[next].next;
  transmit(id, next);
}

}  // namespace ringtrue::astra
