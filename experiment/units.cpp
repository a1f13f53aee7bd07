#include "experiment/units.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

struct Prefix {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Prefix, 7> prefixes{{{"B", 1},
                                          {"kB", 1000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"KiB", 1 << 10},
                                          {"MiB", 1 << 20},
                                          {"GiB", 1 << 30}}};

[[noreturn]] void refuse(std::string_view text, std::string_view where, std::string_view why) {
  throw Error(
      fmt::format("{}: '{}' is not a size: {}; write a number and one of B, KiB, MiB, GiB (powers of 1024) or kB, "
                  "MB, GB (powers of 1000), for example \"64 MiB\"",
                  where, text, why));
}

}  // namespace

Bytes parse_bytes(std::string_view text, std::string_view where) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) refuse(text, where, "the number is too large");
  if (error != std::errc{}) refuse(text, where, "it does not begin with a whole number");
  if (number < 0) refuse(text, where, "it is negative");
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty()) refuse(text, where, "it has no unit");
  for (const Prefix& prefix : prefixes) {
    if (unit != prefix.name) continue;
    if (number > max_bytes.count / prefix.factor) refuse(text, where, "more than 1 TiB");
    return {number * prefix.factor};
  }
  refuse(text, where, fmt::format("'{}' is not a unit", unit));
}

std::string to_string(Bytes bytes) {
  for (const Prefix& prefix : {prefixes[6], prefixes[5], prefixes[4]}) {
    if (bytes.count >= prefix.factor && bytes.count % prefix.factor == 0)
      return fmt::format("{} {}", bytes.count / prefix.factor, prefix.name);
  }
  return fmt::format("{} B", bytes.count);
}

std::string grouped(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

}  // namespace ringtrue
