#pragma once

#include "experiment/units.hpp"

namespace ringtrue {

/// What limits a host's link: a rate and a token bucket that lets `burst` bytes through at once after a pause.
struct LinkLimit {
  std::int64_t bits_per_s = 0;  ///< 0: no limit.
  Bytes burst;
  bool operator==(const LinkLimit&) const = default;
};

constexpr Bytes segment_payload{1448};  ///< Of a full TCP segment.

/// Bytes on the wire of `payload` bytes of TCP: full segments of 1,448 bytes, each with 66 bytes of Ethernet, IPv4 and
/// TCP headers with timestamps (MTU 1,500: RFC 791, 9293, 7323; the kernel counts the same, qdisc_pkt_len_init).
Bytes wire_bytes(Bytes payload);

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
  Bytes last_wire_;  ///< Most are as long as the one before.
  SimTime last_duration_{};
};

}  // namespace ringtrue
