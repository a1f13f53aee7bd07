#include "bench/heartbeat.hpp"

#include <stdexcept>

namespace ringtrue {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::start_up: return "start-up";
    case Phase::make_subject: return "allocation";
    case Phase::barrier: return "barrier";
    case Phase::timed_body: return "timed body";
    case Phase::check_result: return "check of the result";
    case Phase::canary: return "canary";
    case Phase::reduce_samples: return "reduction of the samples";
    case Phase::write_record: return "writing of the record";
    case Phase::wrap_up: return "wrap-up";
  }
  throw std::logic_error("to_string: not a phase");
}

void Heartbeat::start_row(const std::string& key) {
  const std::lock_guard lock(names_);
  row_ = key;
}

void Heartbeat::know_hosts(const std::vector<std::string>& hosts) {
  const std::lock_guard lock(names_);
  hosts_ = hosts;
}

Position Heartbeat::position() const {
  const std::uint64_t beat = beat_.load(std::memory_order_relaxed);
  return {.marks = static_cast<std::uint32_t>(beat >> 32),
          .iteration = static_cast<std::int32_t>(beat >> 8 & 0xffffff),
          .phase = static_cast<Phase>(beat & 0xff)};
}

std::string Heartbeat::row() const {
  const std::lock_guard lock(names_);
  return row_;
}

std::vector<std::string> Heartbeat::hosts() const {
  const std::lock_guard lock(names_);
  return hosts_;
}

}  // namespace ringtrue
