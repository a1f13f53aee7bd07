#include "reports/format.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace ringtrue {
namespace {

constexpr int time_digits = 4;
constexpr int percent_digits = 3;

/// Decimal exponent after rounding to `significant` digits, so that 9.996 counts as 10.00.
int rounded_exponent(double value, int significant) {
  const std::string text = fmt::format("{:.{}e}", std::abs(value), significant - 1);
  const char* exponent = text.data() + text.find('e') + 1;
  if (*exponent == '+') ++exponent;  // from_chars takes no plus sign
  int result = 0;
  std::from_chars(exponent, text.data() + text.size(), result);
  return result;
}

int decimals_of(double value, int significant, int most) {
  return value == 0 ? most : std::clamp(significant - 1 - rounded_exponent(value, significant), 0, most);
}

/// No `-0.00`.
std::string fixed(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return zero && text.front() == '-' ? text.substr(1) : text;
}

struct TimeUnit {
  double per_second = 1;
  std::string_view name;
};

TimeUnit unit_of(Seconds time) {
  const int exponent = time.count() == 0 ? -6 : rounded_exponent(time.count(), time_digits);
  if (exponent < -3) return {1e6, "us"};
  if (exponent < 0) return {1e3, "ms"};
  return {1, "s"};
}

std::string percent_number(double fraction) {
  if (!std::isfinite(fraction)) return "-";
  const double percent = 100 * fraction;
  return fixed(percent, decimals_of(percent, percent_digits, 2));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::string format_time(Seconds time) {
  if (!std::isfinite(time.count())) return "-";
  const TimeUnit unit = unit_of(time);
  const double value = time.count() * unit.per_second;
  return fmt::format("{} {}", fixed(value, decimals_of(value, time_digits, 3)), unit.name);
}

std::string format_time_interval(Seconds time, const Interval& interval_s) {
  if (!std::isfinite(time.count()) || !std::isfinite(interval_s.lower) || !std::isfinite(interval_s.upper))
    return format_time(time);
  const TimeUnit unit = unit_of(time);
  const int decimals = decimals_of(time.count() * unit.per_second, time_digits, 3);
  return fmt::format("{} [{}, {}]", format_time(time), fixed(interval_s.lower * unit.per_second, decimals),
                     fixed(interval_s.upper * unit.per_second, decimals));
}

std::string format_percent(double fraction) { return std::isfinite(fraction) ? percent_number(fraction) + " %" : "-"; }

std::string format_signed_percent(double fraction) {
  const std::string text = format_percent(fraction);
  const bool positive = fraction > 0 && text.find_first_of("123456789") != std::string::npos;
  return positive && std::isfinite(fraction) ? "+" + text : text;
}

std::string format_percent_interval(double fraction, const Interval& interval) {
  if (interval.lower == fraction && interval.upper == fraction) return format_percent(fraction);
  return fmt::format("{} [{}, {}]", format_percent(fraction), percent_number(interval.lower),
                     percent_number(interval.upper));
}

std::string format_gigabytes_per_second(Bandwidth bandwidth) {
  const double value = bandwidth.bytes_per_second / 1e9;
  return std::isfinite(value) ? fixed(value, decimals_of(value, 3, 6)) : "-";
}

std::string format_ratio(double ratio) { return std::isfinite(ratio) ? fixed(ratio, decimals_of(ratio, 3, 3)) : "-"; }

std::string format_exact(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

std::string format_scale(int ranks) { return fmt::format("p{}", ranks); }

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == '\t')
      result += ' ';
    else if (is_control(c))
      result += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result;
}

std::string shorten(std::string_view text, std::size_t limit) {
  assert(limit > 3);
  if (text.size() <= limit) return std::string(text);
  std::size_t end = limit - 3;
  while (end > 0 && is_continuation(text[end])) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string enumerate(const std::vector<std::string>& items) {
  std::string result;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) result += i + 1 == items.size() ? " and " : ", ";
    result += items[i];
  }
  return result;
}

std::string count_of(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace ringtrue
