#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ringtrue {

/// What a rank is at. Every rank goes through the same stages in the same order.
enum class Stage : std::uint8_t {
  start_up,
  make_subject,
  barrier,
  timed_body,
  check_result,
  canary,
  reduce_samples,
  write_record,
  wrap_up
};

std::string_view to_string(Stage stage);

/// Where a rank is. `marks` counts everything it has begun since the launch began, so of two ranks of one launch the
/// one with fewer is behind.
struct Position {
  std::uint32_t marks = 0;
  std::int32_t iteration = 0;  ///< Of the row, warm-up included, from 0.
  Stage stage = Stage::start_up;
  bool operator==(const Position&) const = default;
};

/// Written by the rank as it goes, read by its watchdog. A mark costs the rank one relaxed store to a cache line that
/// nobody else writes, and is made outside what is timed; only the row's name, once per row, takes a lock.
class Heartbeat {
 public:
  void mark(Stage stage, int iteration = 0) {
    ++marks_;
    beat_.store(std::uint64_t{marks_} << 32 | std::uint64_t{static_cast<std::uint32_t>(iteration)} << 8 |
                    static_cast<std::uint64_t>(stage),
                std::memory_order_relaxed);
  }
  void start_row(const std::string& key);
  void know_hosts(const std::vector<std::string>& hosts);

  Position position() const;
  std::string row() const;                 ///< experiment_key; empty before the first and after the last row.
  std::vector<std::string> hosts() const;  ///< Per rank; empty before they are known.

 private:
  alignas(128) std::atomic<std::uint64_t> beat_{0};
  std::uint32_t marks_ = 0;
  alignas(128) mutable std::mutex names_;
  std::string row_;
  std::vector<std::string> hosts_;
};

}  // namespace ringtrue
