#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "experiment/units.hpp"

namespace ringtrue {

/// Size of the largest cache of a core, as the kernel says; more than any buffer if it does not. (sysconf adds up the
/// third-level caches of a whole AMD machine: 256 MiB where a core has 32.)
Bytes last_level_cache();
/// What one of `ranks` on this host has of it, if they are spread evenly over its cores.
Bytes cache_share(int ranks);

/// As much passes through the caches of a rank before a cold subject.
constexpr Bytes cold_walk = 64_MiB;

/// Addresses, of which the first `present` may have pages.
struct Block {
  std::byte* begin = nullptr;
  std::size_t reserved = 0, present = 0;
};

/// Bytes on a 2 MiB border, with huge pages where the kernel grants them: one page walk less per 4 KiB makes the
/// kernel's copy between processes half as long again as fast, and runs do not depend on how pages happened to fall.
/// A kernel that samples which pages are used (DAMON, every 512 ms) made the first update of 100 MiB in pages of 4 KiB
/// after each sample take up to 70 ms instead of 12.
/// All zeros, every page there. What was given back is used again and grows where it is too small: to get pages from
/// the kernel takes longer than to measure most rows. Not for several threads at once.
class Memory {
 public:
  explicit Memory(Bytes size);
  /// Nothing larger will be asked for: what is given back can always grow.
  static void expect(Bytes largest);
  std::byte* data() const { return data_.get(); }
  std::span<std::byte> bytes() const { return {data_.get(), size_}; }

 private:
  struct GiveBack {
    Block block{};
    void operator()(std::byte* data) const;
  };
  std::unique_ptr<std::byte, GiveBack> data_;
  std::size_t size_ = 0;
};

}  // namespace ringtrue
