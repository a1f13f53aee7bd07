#include "sim/cluster/outgoing_link.hpp"

#include <algorithm>

namespace ringtrue {
namespace {
constexpr std::int64_t segment_headers = 66;
constexpr double picoseconds_per_bit_at_1_bps = 1e12;
}  // namespace

Bytes wire_bytes(Bytes payload) {
  const std::int64_t segments =
      std::max<std::int64_t>(1, (payload.count + segment_payload.count - 1) / segment_payload.count);
  return {payload.count + segments * segment_headers};
}

OutgoingLink::OutgoingLink(LinkLimit limit, Bucket bucket)
    : limit_(limit), full_(duration(limit.burst)), credit_(bucket == Bucket::full ? full_ : SimTime{0}) {}

SimTime OutgoingLink::duration(Bytes wire) const {
  if (limit_.bits_per_s == 0) return SimTime{0};
  const double bits = 8 * static_cast<double>(wire.count);
  return SimTime{std::llround(bits * picoseconds_per_bit_at_1_bps / static_cast<double>(limit_.bits_per_s))};
}

SimTime OutgoingLink::credit(SimTime now) const {
  return std::min(full_, credit_ + std::max(SimTime{0}, now - as_of_));
}

SimTime OutgoingLink::send(SimTime now, Bytes wire) {
  const SimTime start = std::max(now, as_of_);
  credit_ = credit(start);
  if (wire != last_wire_) {
    last_wire_ = wire;
    last_duration_ = duration(wire);
  }
  const SimTime needed = last_duration_, wait = std::max(SimTime{0}, needed - credit_);
  credit_ = std::max(SimTime{0}, credit_ - needed);
  as_of_ = start + wait;
  return as_of_;
}

}  // namespace ringtrue
