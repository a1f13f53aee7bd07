#pragma once

#include <cstdint>
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
  std::uint32_t stream = 0;  ///< Of the simulation.
  std::uint32_t slot = 0;    ///< Of the receiver.
  std::uint32_t at = 0;      ///< Device it is on or heading for.
  std::uint32_t next = 0;    ///< In the queue of a link.
};

/// Carries messages between NPUs as ASTRA-sim's analytical backends do. Congestion aware: one dimension, each direction
/// of each link a FIFO server. Congestion unaware: any dimensions, a message takes latency and size over bandwidth.
///
/// Folded, only rank 0 exists and stands for all: what it sends, it receives from the rank as far on the other side.
class Fabric {
 public:
  Fabric(const Network& network, Backend backend, bool folded, BucketQueue& events);

  /// Sends now. `relative` is destination - source modulo all ranks.
  void send(const Message& message, std::uint32_t relative);

  /// A message reached a device: true if it is its destination, else it is forwarded.
  bool arrive(std::uint32_t id);
  void free_link(std::uint32_t id);

  const Message& message(std::uint32_t id) const { return messages_[id]; }
  std::uint32_t store(const Message& message);
  void drop(std::uint32_t id) {
    messages_[id].next = free_;
    free_ = id;
  }

 private:
  static constexpr std::uint32_t none = 0xffffffff;
  struct Link {
    std::uint32_t head = none, tail = none;
    bool busy = false;
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
  std::uint32_t npus_;
  Topology topology_;
  double bytes_per_ns_ = 1, latency_ns_ = 0;
  std::uint64_t delays_of_ = 0;  ///< The message size the two delays below belong to.
  Cycles serialization_ = 0, transit_ = 0;
  std::vector<Link> links_;
  std::unordered_map<std::uint64_t, std::uint32_t> pairs_;  ///< Links of a large fully connected network.
  std::vector<Message> messages_;
  std::uint32_t free_ = none;
};

}  // namespace ringtrue::astra
