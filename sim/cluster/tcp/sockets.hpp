#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "experiment/schedule/operation.hpp"
#include "sim/cluster/channels.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/cluster/outgoing_link.hpp"
#include "sim/cluster/tcp/acknowledgements.hpp"
#include "sim/cluster/tcp/socket_pace.hpp"
#include "sim/event_queue.hpp"

namespace ringtrue {

enum class PollingEvent : std::uint8_t {
  turn,  ///< A core's next rank goes on.
  poll,  ///< A core's rank polls.
  hand,  ///< A packet is handed to its host's link.
  arrive,
  acknowledge,  ///< A sender learns which parcels were read.
  meeting       ///< All ranks have come to it, and go on.
};

/// A transfer as one rank holds it in a slot of its schedule.
struct SocketTransfer {
  int message = -1;  ///< Index of its message; -1: nothing was started.
  bool sending = false;
};

/// How messages travel over TCP between hosts, each byte costing CPU time on both sides and time on the sender's link.
/// Open MPI 4.1 (pml/ob1 over btl/tcp): up to the eager limit a message is sent at once. A longer one is announced,
/// waits until the receiver has cleared it, and is sent as a whole in the poll after that; a word that it is
/// complete follows it and all that was cleared with it. What TCP acknowledges with a segment of its own costs CPU time
/// as well, see Acknowledgements. Announcement, clearance and bytes wait in the same queues as
/// everything else a host sends to that host. What was written to a socket is out of the sender's hands. Nothing is
/// noticed before the rank polls.
class Sockets {
 public:
  /// `delivered(rank)`: now something lies in the inbox of `rank`.
  using Delivered = std::function<void(int rank)>;
  Sockets(const Experiment& experiment, const ClusterPlatform& platform, const ClusterScale& scale,
          EventQueue<PollingEvent>& events, Delivered delivered);
  void empty_buckets() { links_.assign(links_.size(), OutgoingLink(limit_, OutgoingLink::Bucket::empty)); }

  /// Each returns how long the rank's CPU is busy with it from `now` on.
  SimTime send(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer);
  SimTime receive(const Operation& operation, int rank, SimTime now, SocketTransfer& transfer);
  /// Does what can be done without waiting; the next poll may find more.
  SimTime poll(int rank, SimTime now);
  /// The events of that name.
  void hand(std::uint32_t packet);
  void arrive(std::uint32_t packet);
  void acknowledge(std::uint32_t packet);

  bool done(const SocketTransfer& transfer) const;
  bool has_work(int rank) const {
    return !inboxes_[static_cast<std::size_t>(rank)].empty() || !cleared_[static_cast<std::size_t>(rank)].empty();
  }
  bool extrapolated() const { return extrapolated_; }
  /// In the buckets of all links together.
  SimTime credit(SimTime now) const;

 private:
  enum class Kind : std::uint8_t { eager, announcement, clearance, part, complete };
  struct Message {
    int source = 0, destination = 0;
    Bytes size;
    Seconds bytes_time{};  ///< CPU time of all its bytes on both sides.
    int connection = -1;   ///< From source to destination.
    bool posted = false, announced = false, sent = false, received = false;
  };
  struct Packet {
    Kind kind{};
    int message = 0;
    Bytes payload;
    bool acknowledged = false;  ///< As it arrives.
    SimTime handed_on{};        ///< To the host's queue.
  };
  /// One direction of a socket: what was written and waits for room in its host's queue.
  struct Connection {
    int source = 0, destination = 0, tag = 0;
    std::deque<std::uint32_t> waiting;
    SocketPace pace;
    Acknowledgements acknowledgements;
  };
  /// Sends and receives started so far between two ranks with one tag: the n-th send meets the n-th receive.
  struct Pair {
    int source = 0, destination = 0, tag = 0;
    std::vector<int> messages;
    std::size_t sends = 0, receives = 0;
  };

  int nth_message(Pair& pair, std::size_t n, Bytes size);
  bool needs_clearance(const Message& message) const { return message.size > eager_; }
  const Message& message_of(const Packet& packet) const { return messages_[static_cast<std::size_t>(packet.message)]; }
  std::pair<int, int> ends_of(const Packet& packet) const;
  Connection& connection_of(const Packet& packet);
  std::uint32_t keep(const Packet& packet);
  Packet give_up(std::uint32_t index);
  static Bytes wire_of(const Packet& packet);
  bool within_host(std::pair<int, int> ends) const { return host_of(ends.first) == host_of(ends.second); }
  std::size_t host_of(int rank) const { return host_of_[static_cast<std::size_t>(rank)]; }
  OutgoingLink& link_of(int rank) { return links_[host_of(rank)]; }
  void admit(Connection& connection);
  /// `parcels`: the first of those that were read together, with the payload of all.
  void send_acknowledgement(const Packet& parcels, SimTime now);
  SimTime put(Packet packet, SimTime now, SimTime busy);
  SimTime write(Packet packet, SimTime now);
  bool acknowledged_at_once(const Packet& packet);
  SimTime acknowledge_read(int source, int rank, SimTime now);
  SimTime write_bytes(int message, SimTime now);
  SimTime write_cleared(int rank, SimTime now);
  SimTime take(const Packet& packet, SimTime now);
  void add_parcel(const Packet& packet);
  SimTime byte_cost(const Packet& packet) const;

  const CostTable& cost_;
  Bytes buffer_;
  Seconds empty_message_{};             ///< CPU time on both sides.
  SimTime write_cost_{}, read_cost_{};  ///< CPU time of one of them, whatever it moves.
  SimTime acknowledgement_{};           ///< CPU time of one without data.
  Bytes eager_;
  bool one_read_, late_words_, small_queues_;
  std::vector<std::size_t> host_of_;  ///< Of each rank.
  EventQueue<PollingEvent>& events_;
  Delivered delivered_;
  LinkLimit limit_;
  std::vector<OutgoingLink> links_;
  ChannelTable<Connection> connections_;
  std::vector<Message> messages_;
  std::vector<Packet> packets_;
  std::vector<std::uint32_t> unused_;  ///< Places in packets_.
  ChannelTable<Pair> pairs_;
  std::vector<std::vector<std::uint32_t>> inboxes_;
  std::vector<std::uint32_t> reading_;     ///< An inbox, while it is read.
  std::vector<int> sources_;               ///< Ranks that were read from in a poll.
  std::vector<Packet> parcels_;            ///< Of each of them the first, with the payload of all.
  std::vector<std::vector<int>> cleared_;  ///< Messages whose bytes a rank writes next.
  bool extrapolated_ = false;
};

}  // namespace ringtrue
