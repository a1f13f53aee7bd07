#include "sim/cluster/outgoing_link.hpp"

#include <algorithm>
#include <cassert>

namespace ringtrue {
namespace {

constexpr std::int64_t segment_payload = 1448, segment_headers = 66;
constexpr double picoseconds_per_bit_at_1_bps = 1e12;
/// A socket may queue another parcel while it has no more than this in the queue: two of the largest.
constexpr Bytes small_queue = 128_KiB;

}  // namespace

Bytes wire_bytes(Bytes payload) {
  const std::int64_t segments = std::max<std::int64_t>(1, (payload.count + segment_payload - 1) / segment_payload);
  return {payload.count + segments * segment_headers};
}

OutgoingLink::OutgoingLink(LinkLimit limit) : limit_(limit), full_(duration(limit.burst)), credit_(full_) {}

SimTime OutgoingLink::duration(Bytes wire) const {
  if (limit_.bits_per_s == 0) return SimTime{0};
  const double bits = 8 * static_cast<double>(wire.count);
  return SimTime{std::llround(bits * picoseconds_per_bit_at_1_bps / static_cast<double>(limit_.bits_per_s))};
}

void OutgoingLink::hand_over(const Parcel& parcel) {
  Connection& connection = connections_[parcel.connection];
  connection.waiting.push_back(parcel);
  admit(connection);
}

void OutgoingLink::admit(Connection& connection) {
  while (!connection.waiting.empty() && connection.queued <= small_queue) {
    connection.queued = connection.queued + connection.waiting.front().wire;
    queue_.push_back(connection.waiting.front());
    connection.waiting.pop_front();
  }
}

SimTime OutgoingLink::credit_at(SimTime now) const { return std::min(full_, credit_ + (now - as_of_)); }

SimTime OutgoingLink::departure(SimTime now) const {
  assert(!empty() && now >= as_of_);
  return now + std::max(SimTime{0}, duration(queue_.front().wire) - credit_at(now));
}

Parcel OutgoingLink::leave(SimTime now) {
  const Parcel parcel = queue_.front();
  credit_ = std::max(SimTime{0}, credit_at(now) - duration(parcel.wire));
  as_of_ = now;
  queue_.pop_front();
  Connection& connection = connections_[parcel.connection];
  connection.queued = connection.queued - parcel.wire;
  admit(connection);
  return parcel;
}

}  // namespace ringtrue
