#include "bench/progress.hpp"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "bench/clock.hpp"

namespace ringtrue {
namespace {
constexpr Seconds between_plain_lines{5};
}

Progress::Progress(bool shown)
    : shown_(shown), terminal_(isatty(STDERR_FILENO) == 1), began_(now()), last_line_(now()) {}

Progress::~Progress() {
  if (shown_ && terminal_) fmt::print(stderr, "\r\033[K");
}

void Progress::start_row(const std::string& name) {
  const Seconds time = now();
  if (!shown_ || (!terminal_ && time - last_line_ < between_plain_lines)) return;
  last_line_ = time;
  const double left_s =
      done_ == 0 ? 0 : (time - began_).count() / static_cast<double>(done_) * static_cast<double>(rows_ - done_);
  const std::string text = fmt::format("{}/{} rows done, {:.0f} s left, now {}", done_, rows_, left_s, name);
  fmt::print(stderr, "{}ringtrue-bench: {}{}", terminal_ ? "\r\033[K" : "", text, terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace ringtrue
