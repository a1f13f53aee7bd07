#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/hang_report.hpp"
#include "bench/heartbeat.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

struct HangOptions {
  Seconds limit{};            ///< Without progress; 0: no watchdog.
  std::filesystem::path out;  ///< Reports stand in `<out>.hang/` while a launch hangs.
  int rank = -1;              ///< Below 0: unknown; such a rank speaks only for itself.
  int ranks = 0;
};

/// Ends the job with exit code 2 when this rank's heartbeat has stood still for `limit` (to 1.25 `limit`), and says on
/// standard error who is missing. One thread that sleeps a quarter of the limit at a time and never calls MPI.
class Watchdog {
 public:
  Watchdog(HangOptions options, const Heartbeat& heartbeat);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch();
  bool sleep(Seconds time);
  /// False if the rank moves or is done within `time`.
  bool stays(const Position& stuck_at, Seconds time);
  std::filesystem::path report_file(int rank) const;
  RankReport own_report() const;
  void write_report() const;
  void touch_report() const;
  bool is_fresh(const std::filesystem::path& report) const;
  void take_report_back() const;
  std::vector<std::optional<RankReport>> read_reports() const;
  void end_unless_it_moves(const Position& stuck_at);
  bool another_speaks(const Position& stuck_at);
  [[noreturn]] void speak_and_end() const;

  HangOptions options_;
  std::filesystem::path folder_;
  const Heartbeat& heartbeat_;
  std::mutex mutex_;  ///< Of `stop_` alone; the rank takes it once, when it ends.
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace ringtrue
