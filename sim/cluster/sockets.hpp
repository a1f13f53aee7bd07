#pragma once

#include <functional>
#include <map>
#include <queue>
#include <vector>

#include "experiment/schedule/operation.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/cluster/outgoing_link.hpp"

namespace ringtrue {

/// A transfer as one rank holds it in a slot of its schedule.
struct SocketTransfer {
  int message = -1;  ///< Index of its message; -1: nothing was started.
  bool sending = false;
};

/// How messages travel over TCP between hosts, each byte costing CPU time on both sides and time on the sender's link.
/// Open MPI 4.1 (pml/ob1 over btl/tcp): up to the eager limit a message is sent at once. A longer one sends its first
/// part with an announcement, waits until the receiver has cleared it, and sends the rest; announcement, clearance and
/// rest wait in the same queues as everything else a host sends. What was written to a socket is out of the sender's
/// hands. Nothing is noticed before the rank polls.
class Sockets {
 public:
  /// `delivered(rank, when)`: something will lie in the inbox of `rank` from `when` on.
  using Delivered = std::function<void(int rank, SimTime when)>;
  Sockets(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
          Delivered delivered);

  /// Each returns how long the rank's CPU is busy with it from `now` on.
  SimTime send(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer);
  SimTime receive(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer);
  /// Takes in what has arrived by `now`.
  SimTime poll(int rank, SimTime now);

  bool done(const SocketTransfer& transfer) const;
  /// When the first thing in the inbox arrived or will; SimTime::max() for nothing.
  SimTime next_arrival(int rank) const;
  bool extrapolated() const { return extrapolated_; }

 private:
  enum class Kind : std::uint8_t { eager, announcement, clearance, rest };
  struct Message {
    int source = 0, destination = 0;
    Bytes size;
    std::int64_t received = 0;
    bool posted = false, announced = false, sent = false;
  };
  struct Packet {
    SimTime arrival{};
    std::uint64_t sequence = 0;
    Kind kind{};
    int message = 0;
    Bytes payload;
  };
  struct Later {
    bool operator()(const Packet& a, const Packet& b) const {
      return std::tie(a.arrival, a.sequence) > std::tie(b.arrival, b.sequence);
    }
  };
  /// Sends and receives started so far between two ranks with one tag: the n-th send meets the n-th receive.
  struct Pair {
    std::vector<int> messages;
    std::size_t sends = 0, receives = 0;
  };

  int message_of(Pair& pair, std::size_t n, int source, const Operation& operation, int destination);
  SimTime put(Kind kind, int message, Bytes payload, SimTime now);
  bool needs_clearance(const Message& message) const { return message.size > eager_; }
  SimTime clear(int message, SimTime now);
  SimTime send_rest(int message, SimTime now);
  SimTime take(const Packet& packet, SimTime now);
  SimTime cost(Bytes size, Bytes part);

  const CostTable& cost_;
  Bytes buffer_;
  Bytes eager_;  ///< Also what goes with an announcement.
  int ranks_;
  System system_;
  Delivered delivered_;
  std::vector<OutgoingLink> links_;
  std::vector<Message> messages_;
  std::map<std::tuple<int, int, int>, Pair> pairs_;
  std::vector<std::priority_queue<Packet, std::vector<Packet>, Later>> inboxes_;
  std::uint64_t next_sequence_ = 0;
  bool extrapolated_ = false;
};

}  // namespace ringtrue
