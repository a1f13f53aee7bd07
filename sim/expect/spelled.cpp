#include "sim/expect/spelled.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue::expect {
namespace {

struct TimeUnit {
  std::string_view name;
  double seconds;
};
constexpr std::array<TimeUnit, 4> time_units{{{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}}};

constexpr double longest_s = 1e6;  // eleven days

[[noreturn]] void refuse_time(std::string_view text, std::string_view where, std::string_view why) {
  throw Error(
      fmt::format("{}: '{}' is not a time: {}; write a number above 0 and one of ns, us, ms, s, for example \"4.6ms\"",
                  where, excerpt(text), why));
}

}  // namespace

Seconds parse_time(std::string_view text, std::string_view where) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) refuse_time(text, where, "it does not begin with a number that fits");
  std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (name.starts_with(' ')) name.remove_prefix(1);
  if (name.empty()) refuse_time(text, where, "it has no unit");
  for (const TimeUnit& unit : time_units) {
    if (name != unit.name) continue;
    const double seconds = number * unit.seconds;
    if (!(seconds > 0 && seconds <= longest_s)) refuse_time(text, where, "it is not above 0 and at most 1e6 s");
    return Seconds{seconds};
  }
  refuse_time(text, where, fmt::format("'{}' is not a unit", excerpt(name)));
}

std::string time_text(Seconds time) {
  const double s = time.count();
  const TimeUnit& unit = s < 1e-3 ? time_units[1] : s < 1 ? time_units[2] : time_units[3];
  const double number = s / unit.seconds;
  const int decimals = number < 10 ? 3 : number < 100 ? 2 : number < 1000 ? 1 : 0;
  return fmt::format("{:.{}f} {}", number, decimals, unit.name);
}

std::string rate_text(Bandwidth rate) {
  const double giga = rate.bytes_per_second / 1e9;
  return giga < 1 ? fmt::format("{:.3g} GB/s", giga) : fmt::format("{:.1f} GB/s", giga);
}

std::string size_text(Bytes bytes) {
  std::string exact = to_string(bytes);
  constexpr std::size_t short_enough = 8;  // "1000 KiB"
  if (exact.size() <= short_enough && (bytes < 10_KiB || !exact.ends_with(" B"))) return exact;
  const double size = static_cast<double>(bytes.count);
  if (bytes >= 1024_MiB) return fmt::format("{:.2f} GiB", size / (1 << 30));
  return bytes >= 1_MiB ? fmt::format("{:.2f} MiB", size / (1 << 20)) : fmt::format("{:.2f} KiB", size / (1 << 10));
}

std::string choice_text(nccl::Choice choice) {
  if (choice.algorithm == Algorithm::direct) return "direct";
  return fmt::format("{}/{}", to_string(choice.algorithm), to_string(choice.protocol));
}

std::string question_text(const nccl::Call& call) {
  return fmt::format("{} of {}, {} GPUs on {} node{}", to_string(call.collective), size_text(call.bytes), call.gpus,
                     call.nodes, call.nodes == 1 ? "" : "s");
}

}  // namespace ringtrue::expect
