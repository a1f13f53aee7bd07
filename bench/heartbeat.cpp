#include "bench/heartbeat.hpp"

#include <stdexcept>

namespace ringtrue {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::start_up: return "start-up";
    case Stage::make_subject: return "allocation";
    case Stage::barrier: return "barrier";
    case Stage::timed_body: return "timed body";
    case Stage::check_result: return "check of the result";
    case Stage::canary: return "canary";
    case Stage::reduce_samples: return "reduction of the samples";
    case Stage::write_record: return "writing of the record";
    case Stage::wrap_up: return "wrap-up";
  }
  throw std::logic_error("to_string: not a stage");
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
          .stage = static_cast<Stage>(beat & 0xff)};
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
