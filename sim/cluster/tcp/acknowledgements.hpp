#pragma once

#include "experiment/units.hpp"

namespace ringtrue {

/// Which packets of one direction of a socket TCP acknowledges with a segment of its own, which costs CPU time, and not
/// with data that goes the other way (Linux 6.18, net/ipv4). What is longer than a segment is acknowledged as it
/// arrives if nothing is unread then and the window has not shrunk (__tcp_ack_snd_check; here every second time), else
/// as it is read; so is the second of shorter ones that nothing answered (tcp_cleanup_rbuf). Parcels of long messages
/// are acknowledged as they are read, see Sockets.
///
/// Counted in /proc/net/snmp with 4 hosts: 0.0 for a message of 1 KiB that is answered, 0.49 where none is, 1.02 for
/// one of 2 to 32 KiB. Traced with 2 to 16 hosts: writing 2 KiB takes 6.6 us or 10, reading it 1.7 or 6.6; from a third
/// to a half of the writes are longer ones.
class Acknowledgements {
 public:
  /// A packet leaves. True: it will be acknowledged as it arrives. Payloads are with MPI's headers.
  bool write(Bytes payload);
  /// In the same order. `at_once`: what write() said.
  void arrive(Bytes payload, bool at_once);
  /// A parcel lies unread.
  void arrive_parcel() { unread_ = true; }
  /// All that has arrived. True: it is acknowledged now.
  bool read();
  /// Data leaves the other way.
  void answer() { due_ = 0; }

 private:
  static constexpr int owed = 2;  ///< Acknowledged when so many halves of an acknowledgement are due.
  int due_ = 0;
  int on_the_way_ = 0;
  bool unread_ = false, next_at_once_ = true;
};

}  // namespace ringtrue
