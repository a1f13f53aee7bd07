#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "experiment/units.hpp"

namespace ringtrue {

/// What limits a host's link: a rate and a token bucket that lets `burst` bytes through at once after a pause.
struct LinkLimit {
  std::int64_t bits_per_s = 0;  ///< 0: no limit.
  Bytes burst;
  bool operator==(const LinkLimit&) const = default;
};

/// Bytes on the wire of `payload` bytes of TCP: full segments of 1,448 bytes, each with 66 bytes of Ethernet, IPv4 and
/// TCP headers with timestamps (MTU 1,500: RFC 791, 9293, 7323; the kernel counts the same, qdisc_pkt_len_init).
Bytes wire_bytes(Bytes payload);

/// What is handed on at once: at most the kernel's largest TCP send (GSO), 64 KiB.
struct Parcel {
  std::uint32_t id = 0;  ///< The caller's.
  int connection = 0;    ///< Parcels of one connection leave in their order.
  Bytes wire;
};

/// One host's outgoing link: a queue with a token bucket, and behind it the sockets, each of which may have only a
/// little in the queue (TCP small queues: Linux, net/ipv4/tcp_output.c, tcp_small_queue_check). So a short message
/// waits behind all of its own connection, but only a little of the others'. Tokens are kept as time: a full bucket is
/// worth burst / rate.
class OutgoingLink {
 public:
  explicit OutgoingLink(LinkLimit limit);

  void hand_over(const Parcel& parcel);
  bool empty() const { return queue_.empty(); }
  /// When the first of the queue can leave; requires !empty(). Calls of departure() and leave() in ascending `now`.
  SimTime departure(SimTime now) const;
  /// Takes the first of the queue out, at its departure.
  Parcel leave(SimTime now);

 private:
  struct Connection {
    std::deque<Parcel> waiting;
    Bytes queued;
  };
  void admit(Connection& connection);
  SimTime duration(Bytes wire) const;
  SimTime credit_at(SimTime now) const;

  LinkLimit limit_;
  std::deque<Parcel> queue_;
  std::map<int, Connection> connections_;
  SimTime full_{}, credit_{}, as_of_{};
};

}  // namespace ringtrue
