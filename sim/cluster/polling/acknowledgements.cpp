#include "sim/cluster/polling/acknowledgements.hpp"

#include <utility>

#include "sim/cluster/outgoing_link.hpp"

namespace ringtrue {

bool Acknowledgements::write(Bytes payload) {
  const bool alone = !std::exchange(unread_, true);
  if (payload <= segment_payload) {
    ++due_;
    return false;
  }
  due_ += owed;
  const bool at_once = alone && std::exchange(next_at_once_, !next_at_once_);
  if (at_once) due_ = 0;
  return at_once;
}

bool Acknowledgements::read() {
  unread_ = false;
  if (due_ < owed) return false;
  due_ = 0;
  return true;
}

}  // namespace ringtrue
