// A hang cannot be told from inside MPI: the rank that would have to speak waits in a call that never returns, and MPI
// runs with one thread. So a second thread watches the rank's heartbeat and talks through files, which need nobody
// else.
//
// At half the limit without progress a rank writes its report (it takes it back if it moves on), at the limit it says
// so on standard error. Rank 0 then waits a grace, reads which reports are there, names the ranks without one and those
// that are behind, removes the folder and ends its process: the launcher ends the others, stopped ones too. If rank 0
// is the one that stopped, the lowest rank with a report speaks after a longer grace. A report is written so early
// because ranks look a quarter of the limit apart: whoever speaks must find the reports of all that are alive. As long
// as it stands still a rank touches its report at every look: one that was not touched for longer is of a rank that
// moved on and was stopped before it could take it back.
//
// What is counted are looks, not time: a rank that was suspended finds one look missed, and starts to count afresh.

#include "bench/watchdog.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/clock.hpp"
#include "bench/host_name.hpp"
#include "experiment/error.hpp"
#include "experiment/json.hpp"

namespace ringtrue {
namespace {

constexpr int looks_per_limit = 4;
constexpr int looks_until_report = 2;
constexpr Seconds grace{2};
constexpr Seconds grace_without_rank_0{6};
constexpr Seconds grace_without_anybody{10};

void say(const std::string& text) { fmt::print(stderr, "ringtrue-bench: {}\n", text); }

}  // namespace

Watchdog::Watchdog(HangOptions options, const Heartbeat& heartbeat)
    : options_(std::move(options)), folder_(options_.out.string() + ".hang"), heartbeat_(heartbeat) {
  if (options_.limit <= Seconds{0}) return;
  take_report_back();  // of a launch that was killed while it hung
  thread_ = std::thread([this] { watch(); });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

/// False if the rank is done meanwhile.
bool Watchdog::sleep(Seconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stop_; });
}

/// Looks now and then: what moves must not keep its report, which others read, for the rest of `time`.
bool Watchdog::stays(const Position& stuck_at, Seconds time) {
  const Seconds until = now() + time;
  const Seconds between_looks = options_.limit / looks_per_limit;
  for (Seconds left = time; left > Seconds{0}; left = until - now()) {
    if (!sleep(std::min(left, between_looks)) || heartbeat_.position() != stuck_at) return false;
    touch_report();
  }
  return true;
}

void Watchdog::watch() {
  const Seconds between_looks = options_.limit / looks_per_limit;
  Position last = heartbeat_.position();
  int still = 0;
  for (Seconds slept_at = now(); sleep(between_looks); slept_at = now()) {
    const bool suspended = now() - slept_at > 2 * between_looks;
    const Position position = heartbeat_.position();
    if (suspended || position != last) {
      if (still >= looks_until_report) take_report_back();
      still = 0;
    } else if (++still == looks_until_report) {
      write_report();
    } else if (still > looks_until_report) {
      touch_report();
    }
    last = position;
    if (still == looks_per_limit) {
      end_unless_it_moves(position);
      take_report_back();
      still = 0;
    }
  }
  if (still >= looks_until_report) take_report_back();
}

std::filesystem::path Watchdog::report_file(int rank) const { return folder_ / std::to_string(rank); }

RankReport Watchdog::own_report() const {
  return {.host = host_name(), .row = heartbeat_.row(), .position = heartbeat_.position()};
}

/// Where the folder cannot be written, the line on standard error has to do.
void Watchdog::write_report() const {
  if (options_.rank < 0) return;
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed) return;
  try {
    write_text_file(report_file(options_.rank), report_text(own_report()));
  } catch (const Error&) {
    return;
  }
}

/// The time is that of the folder's server, the same for all ranks. A report that is gone stays gone: somebody has
/// spoken.
void Watchdog::touch_report() const { utimensat(AT_FDCWD, report_file(options_.rank).c_str(), nullptr, 0); }

/// Whether a report was touched at the last look before this rank's, two missed at most. Asked after it was read: NFS
/// asks its server then.
bool Watchdog::is_fresh(const std::filesystem::path& report) const {
  std::error_code failed;
  const auto own = std::filesystem::last_write_time(report_file(options_.rank), failed);
  if (failed) return true;
  const auto its = std::filesystem::last_write_time(report, failed);
  return !failed && Seconds(own - its) < options_.limit * 3 / looks_per_limit;
}

void Watchdog::take_report_back() const {
  std::error_code ignored;
  std::filesystem::remove(report_file(options_.rank), ignored);
  std::filesystem::remove(folder_, ignored);  // only if it is empty: the last one out
}

/// By name, not by listing: a listing of a folder on NFS may be half a minute old.
std::vector<std::optional<RankReport>> Watchdog::read_reports() const {
  touch_report();
  std::vector<std::optional<RankReport>> reports(static_cast<std::size_t>(std::max(options_.ranks, options_.rank + 1)));
  for (std::size_t rank = 0; rank < reports.size(); ++rank) {
    const std::filesystem::path file = report_file(static_cast<int>(rank));
    try {
      const std::string text = read_text_file(file);
      if (is_fresh(file)) reports[rank] = parse_report(text, file.string());
    } catch (const Error&) {
      continue;  // no report
    }
  }
  if (options_.rank >= 0) reports[static_cast<std::size_t>(options_.rank)] = own_report();
  return reports;
}

/// Returns if the rank moves on, or is done, while others are waited for.
void Watchdog::end_unless_it_moves(const Position& stuck_at) {
  const RankReport own = own_report();
  say(fmt::format("rank {} on {} hangs: nothing moved for {:g} s at {}", options_.rank, own.host,
                  options_.limit.count(), place_text(own)));
  if (!stays(stuck_at, options_.rank == 0 ? grace : grace_without_rank_0)) return;
  if (options_.rank != 0 && another_speaks(stuck_at)) return;
  speak_and_end();
}

/// Rank 0 did not end the job. If a lower rank has reported it is that one's turn, but not for ever; a report that is
/// gone means that somebody has spoken and this launcher lets the others live.
bool Watchdog::another_speaks(const Position& stuck_at) {
  std::error_code ignored;
  if (options_.rank < 0 || !std::filesystem::exists(report_file(options_.rank), ignored)) _exit(exit_could_not_run);
  const std::vector<std::optional<RankReport>> reports = read_reports();
  const auto lowest = std::ranges::find_if(reports, [](const auto& report) { return report.has_value(); });
  if (lowest - reports.begin() == options_.rank) return false;
  const Seconds until_its_next_look = options_.limit / looks_per_limit;
  if (!stays(stuck_at, grace_without_anybody + until_its_next_look)) return true;
  if (!std::filesystem::exists(report_file(options_.rank), ignored)) _exit(exit_could_not_run);
  return false;
}

/// Neither exit (its destructors would wait for the thread that hangs) nor MPI_Abort (MPI belongs to that thread).
void Watchdog::speak_and_end() const {
  say(hang_message(
      {.reports = read_reports(), .hosts = heartbeat_.hosts(), .limit = options_.limit, .out = options_.out}));
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  _exit(exit_could_not_run);
}

}  // namespace ringtrue
