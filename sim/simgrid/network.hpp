#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/calibrate.hpp"

namespace ringtrue::simgrid {

/// Seconds of a message: start_s + per_byte_s x bytes.
struct Line {
  double start_s = 0;
  double per_byte_s = 0;
};

/// A message of `bytes` took `seconds`.
struct Point {
  double bytes = 0;
  double seconds = 0;
};

/// Least squares of the relative error, so that a microsecond counts where messages take microseconds. The start is at
/// least 1 ns and nothing gets shorter with size; points of one size give a level line. Requires points above zero
/// seconds, at least one.
Line fit_line(std::span<const Point> points);

/// One protocol of the MPI library: eager, then rendezvous.
struct Protocol {
  Bytes above{};    ///< Messages larger than this, up to the next protocol's.
  Line alone;       ///< One message, nothing else under way; from ping-pong.
  Line together{};  ///< Every rank sending and receiving at once; from exchanges.
};

/// A way for messages: within a host, or between hosts.
struct Path {
  std::vector<Protocol> protocols;  ///< Ascending, the first above 0 bytes.
  int sharing = 1;                  ///< Messages under way at once, out of one host, when all ranks exchange.
  Bandwidth capacity;               ///< What these get together.
};

/// What SMPI is told of one system at one number of ranks in one machine state. The ways of SimGrid's manual
/// ("Calibrating the models", MPI network calibration): lines by protocol, the base latency and bandwidth from
/// ping-pongs. What the manual takes from timed MPI_Isend and MPI_Recv, which campaigns do not have, comes from
/// exchanges.
struct Network {
  System system;
  int ranks = 1;
  Bytes largest_eager;         ///< Sent without waiting for the receive; 0: none, or not known.
  std::optional<Path> memory;  ///< Between ranks of one host.
  std::optional<Path> link;    ///< Between hosts; nothing if there is one host.
};

/// Ping-pongs and exchanges of `ranks` ranks, of launches in `state` (empty: all). Throws Error naming what the
/// calibration lacks.
Network fit_network(const Calibration& calibration, const std::string& system_id, int ranks, const std::string& state);

}  // namespace ringtrue::simgrid
