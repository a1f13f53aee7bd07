#include "bench/subject/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {
constexpr std::size_t huge_page = std::size_t{2} << 20;

Bytes read_last_level_cache() {
  Bytes largest{};
  for (int index = 0; index < 8; ++index) {
    std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/size", index));
    std::int64_t kib = 0;
    char unit = 0;
    if (file >> kib >> unit && unit == 'K') largest = std::max(largest, Bytes{kib << 10});
  }
  return largest > Bytes{} ? largest : max_bytes;
}

struct Free {
  void operator()(std::byte* data) const { std::free(data); }
};

/// By capacity. Of the whole process, as the heap that they would otherwise go back to.
using SpareBlocks = std::multimap<std::size_t, std::unique_ptr<std::byte, Free>>;

SpareBlocks& spare_blocks() {
  static SpareBlocks blocks;
  return blocks;
}
}  // namespace

Bytes last_level_cache() {
  static const Bytes size = read_last_level_cache();
  return size;
}

void Memory::GiveBack::operator()(std::byte* data) const { spare_blocks().emplace(capacity, data); }

Memory::Memory(Bytes size) : data_(nullptr, GiveBack{}), size_(static_cast<std::size_t>(size.count)) {
  const std::size_t rounded = (std::max<std::size_t>(size_, 1) + huge_page - 1) / huge_page * huge_page;
  SpareBlocks& spare = spare_blocks();
  if (const auto large_enough = spare.lower_bound(rounded); large_enough != spare.end()) {
    data_ = {large_enough->second.release(), {large_enough->first}};
    spare.erase(large_enough);
  } else {
    spare.clear();  // all are smaller, and would only be so much more memory
    data_ = {static_cast<std::byte*>(std::aligned_alloc(huge_page, rounded)), {rounded}};
    if (!data_)
      throw Error(fmt::format("no memory for a buffer of {}; use smaller sizes or fewer ranks", to_string(size)));
    madvise(data_.get(), rounded, MADV_HUGEPAGE);  // a wish: the run is correct without
  }
  std::memset(data_.get(), 0, size_);  // touch every page before anything is timed
}

}  // namespace ringtrue
