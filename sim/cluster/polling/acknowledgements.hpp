#pragma once

#include "experiment/units.hpp"

namespace ringtrue {

/// Which packets of one direction of a socket TCP acknowledges with a segment of its own, that costs CPU time, rather
/// than with data that goes the other way (Linux 6.18, net/ipv4). More than a segment is acknowledged as it arrives
/// where nothing is unread (__tcp_ack_snd_check; every second time: the window must not have shrunk), else as it is
/// read, and so is the second of shorter ones (tcp_cleanup_rbuf).
///
/// Counted in /proc/net/snmp with 4 hosts: 0.0 for a message of 1 KiB that is answered, 0.49 where none is, 1.02 for
/// one of 2 to 32 KiB, then one for each parcel. Traced with 2 to 16 hosts: writing 2 KiB takes 6.6 us or 10, reading
/// it 1.7 or 6.6; of the writes a third are the longer ones, of the reads nearly all that follow a shorter one. A model
/// without it predicted ping-pongs of up to a segment 15 to 35 % too slow and rings of 4 hosts as much too fast.
class Acknowledgements {
 public:
  /// Of a packet's payload, headers of MPI included. True: it is acknowledged as it arrives.
  bool write(Bytes payload);
  /// All that has arrived. True: it is acknowledged.
  bool read();
  /// Data goes the other way.
  void answer() { due_ = 0; }

 private:
  static constexpr int owed = 2;  ///< Acknowledged when so many halves of an acknowledgement are due.
  int due_ = 0;
  bool unread_ = false, next_at_once_ = true;
};

}  // namespace ringtrue
