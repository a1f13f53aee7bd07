#pragma once

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

/// How TCP spreads what a socket has to send over a link of this limit (Linux 6.18 tcp_output.c: tcp_tso_autosize,
/// tcp_small_queue_check). It sends parcels of a millisecond at the pacing rate, of 2 to 45 segments, and hands nothing
/// on while two parcels, or a millisecond, are in its host's queue. The pacing rate is twice window / round trip while
/// no segment was lost (tcp_update_pacing_rate), the window twice the most that was ever under way
/// (tcp_is_cwnd_limited), and the round trip, which grows as each message fills the queue, half of what it is at most:
/// eight times the link's rate. Seen with ss in seven rings of 4 to 16 hosts at 100 Mbit/s to 1 Gbit/s: medians of 5 to
/// 15, 9 in the middle, which is what counts.
struct SocketPace {
  explicit SocketPace(LinkLimit limit);
  Bytes parcel;  ///< Payload.
  Bytes queue;   ///< On the wire.
};

/// One host's outgoing link: first in, first out. Tokens are kept as time: a full bucket is worth burst / rate.
class OutgoingLink {
 public:
  enum class Bucket : std::uint8_t { full, empty };

  /// `bucket`: at the beginning.
  explicit OutgoingLink(LinkLimit limit, Bucket bucket = Bucket::full);

  /// When the last of `wire` bytes handed over at `now` has left. Calls in ascending `now`; an earlier one counts as at
  /// the last.
  SimTime send(SimTime now, Bytes wire);
  /// What is in the bucket at `now`, as the time it takes to fill in.
  SimTime credit(SimTime now) const;

 private:
  SimTime duration(Bytes wire) const;

  LinkLimit limit_;
  SimTime full_{}, credit_{}, as_of_{};
};

}  // namespace ringtrue
