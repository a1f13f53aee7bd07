#pragma once

#include <chrono>
#include <cmath>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringtrue {

using Seconds = std::chrono::duration<double>;                   ///< Measured and modelled durations.
using SimTime = std::chrono::duration<std::int64_t, std::pico>;  ///< Simulator clock, exact, up to 106 days.

struct Bytes {
  std::int64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

struct Bandwidth {
  double bytes_per_second = 0;
};

constexpr Bytes operator""_B(unsigned long long n) { return {static_cast<std::int64_t>(n)}; }
constexpr Bytes operator""_KiB(unsigned long long n) { return {static_cast<std::int64_t>(n) << 10}; }
constexpr Bytes operator""_MiB(unsigned long long n) { return {static_cast<std::int64_t>(n) << 20}; }
constexpr Bytes operator""_MB(unsigned long long n) { return {static_cast<std::int64_t>(n) * 1'000'000}; }
constexpr Bandwidth operator""_GBps(unsigned long long n) { return {static_cast<double>(n) * 1e9}; }

constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
constexpr Seconds operator/(Bytes size, Bandwidth bandwidth) {
  return Seconds{static_cast<double>(size.count) / bandwidth.bytes_per_second};
}
constexpr Bandwidth operator/(Bytes size, Seconds time) { return {static_cast<double>(size.count) / time.count()}; }

/// Rounds to the nearest picosecond, half away from zero.
inline SimTime to_sim_time(Seconds t) { return SimTime{std::llround(t.count() * 1e12)}; }
inline Seconds to_seconds(SimTime t) { return Seconds{static_cast<double>(t.count()) * 1e-12}; }

/// Largest message any input may name: 1 TiB. Bounds every loop over bytes.
inline constexpr Bytes max_bytes{std::int64_t{1} << 40};

/// Reads "64 MiB", "3 kB", "8 B" (the space is optional). A bare number or a bare K, M, G is refused, because half the
/// field reads it as 2^20 and the other half as 10^6. `where` opens the error message. Throws Error.
Bytes parse_bytes(std::string_view text, std::string_view where);

/// The shortest exact spelling with a binary prefix: "64 MiB", "1000 B".
std::string to_string(Bytes bytes);

/// 57426 reads 57,426.
std::string grouped(std::uint64_t count);

}  // namespace ringtrue
