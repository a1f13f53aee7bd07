#pragma once

#include "experiment/units.hpp"
#include "sim/cluster/outgoing_link.hpp"

namespace ringtrue {

/// What TCP lets one direction of a socket have in its host's queue (Linux 6.18, net/ipv4). It sends parcels of 45
/// segments (tcp_tso_autosize, where round trips may take less than 0.5 ms), and hands none on while as much is under
/// way as its window, or while more than two of them, and more than a millisecond at the pacing rate, are in the queue
/// (tcp_small_queue_check). The pacing rate is twice window / round trip in slow start (tcp_update_pacing_rate), which
/// ends when a segment is lost; none was. The window, 10 segments at first, grows by what is acknowledged while it is
/// less than twice the most that was under way (tcp_is_cwnd_limited). Round trips, of which an eighth of each new one
/// is taken (tcp_rtt_estimator), grow as messages fill the queue, and as the acknowledgement waits until the receiver
/// reads (__tcp_ack_snd_check) and behind what its own host sends. Round trips of what is no parcel count for nothing
/// here.
///
/// In rings of 4, 8 and 16 hosts at 200 Mbit/s ss showed windows of 1015, 555 to 845 and 767 segments, smoothed round
/// trips of 13, 4 to 12 and 9 ms; here they are 820, 540 to 820 and 730, and 14, 5 to 13 and 9 ms.
class SocketPace {
 public:
  static constexpr Bytes parcel{45 * segment_payload.count};  ///< Payload of a full one.

  bool has_room() const;
  void hand_on(Bytes payload);
  /// The last of it is on the wire.
  void leave(Bytes payload);
  /// `round_trip`: from when it was handed on.
  void acknowledge(Bytes payload, SimTime round_trip);

 private:
  Bytes queued_;
  Bytes sent_, acknowledged_;  ///< So far.
  Bytes window_{10 * segment_payload.count};
  Bytes most_under_way_, window_end_;  ///< The most while the data up to `window_end_` was under way.
  SimTime round_trip_{};               ///< Smoothed; 0 before the first.
};

}  // namespace ringtrue
