#include "bench/subject/memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <istream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {
constexpr std::size_t huge_page = std::size_t{2} << 20;

struct Cache {
  Bytes size = max_bytes;
  int cpus = 1;  ///< That share it.
};

/// "0-1,4": three.
int count_listed(std::istream& list) {
  int count = 0, first = 0, last = 0;
  for (char separator = ','; separator == ',' && list >> first; separator = static_cast<char>(list.get())) {
    last = first;
    if (list.peek() == '-' && list.get() && !(list >> last)) break;
    count += std::max(0, last - first) + 1;
  }
  return std::max(1, count);
}

Cache read_last_level_cache() {
  Cache largest{.size = {}};
  for (int index = 0; index < 8; ++index) {
    const std::string folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", index);
    std::ifstream size(folder + "size"), cpus(folder + "shared_cpu_list");
    std::int64_t kib = 0;
    char unit = 0;
    if (size >> kib >> unit && unit == 'K' && Bytes{kib << 10} > largest.size)
      largest = {.size = {kib << 10}, .cpus = count_listed(cpus)};
  }
  return largest.size > Bytes{} ? largest : Cache{};
}

const Cache& known_cache() {
  static const Cache cache = read_last_level_cache();
  return cache;
}

/// Given back, of the whole process, as its addresses are.
std::vector<Block>& spare_blocks() {
  static std::vector<Block> blocks;
  return blocks;
}

std::size_t& expected_size() {
  static std::size_t size = 0;
  return size;
}

std::size_t whole_pages(std::size_t size) {
  return (std::max<std::size_t>(size, 1) + huge_page - 1) / huge_page * huge_page;
}

[[noreturn]] void refuse(std::size_t size) {
  throw Error(fmt::format("no memory for a buffer of {}; use smaller sizes or fewer ranks",
                          to_string(Bytes{static_cast<std::int64_t>(size)})));
}

/// Addresses without pages. They are a mapping of their own: what malloc hands out may have been used before, in pages
/// of 4 KiB.
Block reserve(std::size_t size) {
  const std::size_t reserved = whole_pages(std::max(size, expected_size()));
  std::size_t mapped = reserved + huge_page;
  void* begin = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (begin == MAP_FAILED) refuse(size);
  std::align(huge_page, reserved, begin, mapped);
  madvise(begin, reserved, MADV_HUGEPAGE);  // a wish: the run is correct without
  return {.begin = static_cast<std::byte*>(begin), .reserved = reserved, .present = 0};
}

/// Of the spare blocks with enough pages the one with the fewest, or else of those with enough addresses the one with
/// the most pages.
Block take_block(std::size_t size) {
  std::vector<Block>& spare = spare_blocks();
  const auto better = [&](const Block& a, const Block& b) {
    const bool enough = a.present >= size;
    if (enough != (b.present >= size)) return enough;
    return enough ? a.present < b.present : a.present > b.present;
  };
  const auto large = std::partition(spare.begin(), spare.end(), [&](const Block& b) { return b.reserved < size; });
  const auto best = std::min_element(large, spare.end(), better);
  if (best != spare.end()) {
    const Block block = *best;
    spare.erase(best);
    return block;
  }
  for (const Block& block : spare) munmap(block.begin, block.reserved);  // would only be so much more memory
  spare.clear();
  return reserve(size);
}

}  // namespace

Bytes last_level_cache() { return known_cache().size; }

Bytes cache_share(int ranks) {
  const auto cpus = static_cast<std::int64_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  const std::int64_t sharing = (std::int64_t{ranks} * known_cache().cpus + cpus - 1) / cpus;
  return {known_cache().size.count / std::max<std::int64_t>(1, sharing)};
}

void Memory::expect(Bytes largest) { expected_size() = static_cast<std::size_t>(largest.count); }

void Memory::GiveBack::operator()(std::byte* /*data*/) const { spare_blocks().push_back(block); }

Memory::Memory(Bytes size) : data_(nullptr, GiveBack{}), size_(static_cast<std::size_t>(size.count)) {
  Block block = take_block(size_);
  const std::size_t wanted = whole_pages(size_);
  const std::size_t more = wanted - std::min(wanted, block.present);
  if (more > 0 && mprotect(block.begin + block.present, more, PROT_READ | PROT_WRITE) != 0) {
    spare_blocks().push_back(block);
    refuse(size_);
  }
  block.present += more;
  data_ = {block.begin, GiveBack{block}};
  std::memset(data_.get(), 0, size_);  // touch every page before anything is timed
}

}  // namespace ringtrue
