#pragma once

#include <cstdint>

namespace ringtrue {

/// SplitMix64: the same numbers on every machine and with every library, which std::normal_distribution does not
/// promise. Source: Steele, Lea & Flood, OOPSLA 2014; constants as in Vigna's public-domain splitmix64.c.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  /// Uniform in [-1, 1), exact in float32.
  float uniform() { return static_cast<float>(static_cast<std::int64_t>(next() >> 40) - (1 << 23)) * 0x1p-23F; }

 private:
  std::uint64_t state_;
};

/// A seed of its own for each `index` under `seed`.
inline std::uint64_t seed_of(std::uint64_t seed, std::uint64_t index) {
  return SplitMix64(SplitMix64(seed).next() ^ index).next();
}

}  // namespace ringtrue
