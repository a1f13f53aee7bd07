#include "sim/cluster/tcp/acknowledgements.hpp"

#include <utility>

#include "sim/cluster/outgoing_link.hpp"

namespace ringtrue {

bool Acknowledgements::write(Bytes payload) {
  const bool alone = on_the_way_++ == 0 && !unread_;
  return alone && payload > segment_payload && std::exchange(next_at_once_, !next_at_once_);
}

void Acknowledgements::arrive(Bytes payload, bool at_once) {
  --on_the_way_;
  unread_ = true;
  due_ = at_once ? 0 : due_ + (payload > segment_payload ? owed : 1);
}

bool Acknowledgements::read() {
  unread_ = false;
  if (due_ < owed) return false;
  due_ = 0;
  return true;
}

}  // namespace ringtrue
