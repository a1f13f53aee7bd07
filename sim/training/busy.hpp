#pragma once

#include <optional>
#include <span>
#include <string>

#include "experiment/json.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// How two threads of a rank share its core: one exchanges a buffer with a partner that does the same, the other
/// computes.
struct BusyPoint {
  Bytes buffer;
  double slowdown = 1;        ///< Time of the exchange / its time without the thread that computes.
  double computing_rate = 1;  ///< Share of what the rank would compute meanwhile without the exchange.
};

/// Between two points in proportion to the logarithm of the bytes, beyond the last as there; nothing without points.
/// `points` in ascending order of bytes.
std::optional<BusyPoint> busy_at(std::span<const BusyPoint> points, Bytes buffer);

Json to_json(const BusyPoint& point);
/// Strict. Throws Error.
BusyPoint parse_busy_point(const Json& json, const std::string& where);

}  // namespace ringtrue
