#include "bench/subject/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {
constexpr std::size_t huge_page = std::size_t{2} << 20;

Cache read_last_level_cache() {
  Cache largest{.size = {}};
  for (int index = 0; index < 8; ++index) {
    const std::string folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", index);
    std::ifstream size(folder + "size"), cpus(folder + "shared_cpu_list");
    std::int64_t kib = 0;
    char unit = 0;
    if (size >> kib >> unit && unit == 'K' && Bytes{kib << 10} > largest.size)
      largest = {.size = {kib << 10}, .cpus = count_cpus({std::istreambuf_iterator<char>(cpus), {}})};
  }
  return largest.size > Bytes{} ? largest : Cache{};
}

/// Given back, of the whole process, as its addresses are.
std::vector<Block>& spare_blocks() {
  static std::vector<Block> blocks;
  return blocks;
}

/// What the largest row was said to need, and what all blocks have, in use or spare.
struct Held {
  std::size_t expected = 0, present = 0;
};

Held& held() {
  static Held bytes;
  return bytes;
}

void give_up_spare_blocks() {
  for (const Block& block : spare_blocks()) {
    munmap(block.begin, block.reserved);
    held().present -= block.present;
  }
  spare_blocks().clear();
}

std::size_t whole_pages(std::size_t size) {
  return (std::max<std::size_t>(size, 1) + huge_page - 1) / huge_page * huge_page;
}

[[noreturn]] void refuse(std::size_t size) {
  throw Error(
      fmt::format("no memory for a buffer of {}; use smaller sizes or fewer ranks, or raise the limit, if there is "
                  "one (ulimit -v)",
                  to_string(Bytes{static_cast<std::int64_t>(size)})));
}

/// Addresses without pages, nothing if there are none. They are a mapping of their own: what malloc hands out may have
/// been used before, in pages of 4 KiB.
std::optional<Block> reserve(std::size_t reserved) {
  std::size_t mapped = reserved + huge_page;
  void* const base = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return std::nullopt;
  void* aligned = base;
  std::align(huge_page, reserved, aligned, mapped);
  auto* const begin = static_cast<std::byte*>(aligned);
  const auto before = static_cast<std::size_t>(begin - static_cast<std::byte*>(base));
  if (before > 0) munmap(base, before);
  if (before < huge_page) munmap(begin + reserved, huge_page - before);
  madvise(begin, reserved, MADV_HUGEPAGE);  // a wish: the run is correct without
  return Block{.begin = begin, .reserved = reserved, .present = 0};
}

Block new_block(std::size_t size) {
  if (const auto block = reserve(whole_pages(std::max(size, held().expected)))) return *block;
  if (const auto block = reserve(whole_pages(size))) return *block;
  refuse(size);
}

/// Makes the first `size` bytes of a block usable; false if there is no memory for them.
bool grow(Block& block, std::size_t size) {
  const std::size_t wanted = whole_pages(size);
  if (wanted <= block.present) return true;
  const std::size_t more = wanted - block.present;
  if (held().present + more > held().expected) give_up_spare_blocks();
  if (mprotect(block.begin + block.present, more, PROT_READ | PROT_WRITE) != 0) return false;
  held().present += more;
  block.present = wanted;
  return true;
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
  const Block block = new_block(size);
  give_up_spare_blocks();  // all are smaller
  return block;
}

}  // namespace

int count_cpus(const std::string& list) {
  std::istringstream text(list);
  int count = 0, first = 0, last = 0;
  for (char separator = ','; separator == ',' && text >> first; separator = static_cast<char>(text.get())) {
    last = first;
    if (text.peek() == '-' && !(text.ignore() >> last)) break;
    count += std::max(0, last - first + 1);
  }
  return std::max(1, count);
}

Bytes cache_share(const Cache& cache, int cpus, int ranks) {
  const std::int64_t sharing = (std::int64_t{ranks} * std::min(cache.cpus, cpus) + cpus - 1) / cpus;
  return {cache.size.count / std::max<std::int64_t>(1, sharing)};
}

const Cache& last_level_cache() {
  static const Cache cache = read_last_level_cache();
  return cache;
}

void Memory::expect(Bytes largest_row) { held().expected = static_cast<std::size_t>(largest_row.count); }

void Memory::GiveBack::operator()(std::byte* /*data*/) const { spare_blocks().push_back(block); }

Memory::Memory(Bytes size) : data_(nullptr, GiveBack{}), size_(static_cast<std::size_t>(size.count)) {
  Block block = take_block(size_);
  if (!grow(block, size_)) {
    spare_blocks().push_back(block);
    refuse(size_);
  }
  data_ = {block.begin, GiveBack{block}};
  std::memset(data_.get(), 0, size_);  // touch every page before anything is timed
}

}  // namespace ringtrue
