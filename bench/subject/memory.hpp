#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "experiment/units.hpp"

namespace ringtrue {

/// The largest cache of a core, more than any buffer if unknown.
struct Cache {
  Bytes size = max_bytes;
  int cpus = 1;  ///< That share it.
};
/// Of this host, as its kernel says. (sysconf adds up the third-level caches of a whole AMD machine: 256 MiB where a
/// core has 32.)
const Cache& last_level_cache();
/// What each of `ranks` has of such caches, spread evenly over `cpus` of one host.
Bytes cache_share(const Cache& cache, int cpus, int ranks);
/// CPUs that a list of the kernel's names: of "0-1,4" three; at least one.
int count_cpus(const std::string& list);

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
  /// As much is needed at once, at most: blocks made from now on can grow to that, and what was given back is kept up
  /// to that.
  static void expect(Bytes largest_row);
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
