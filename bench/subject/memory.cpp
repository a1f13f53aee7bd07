#include "bench/subject/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {
constexpr std::size_t huge_page = std::size_t{2} << 20;
}

void Memory::Free::operator()(std::byte* data) const { std::free(data); }

Memory::Memory(Bytes size) : size_(static_cast<std::size_t>(size.count)) {
  const std::size_t rounded = (std::max<std::size_t>(size_, 1) + huge_page - 1) / huge_page * huge_page;
  data_.reset(static_cast<std::byte*>(std::aligned_alloc(huge_page, rounded)));
  if (!data_)
    throw Error(fmt::format("no memory for a buffer of {}; use smaller sizes or fewer ranks", to_string(size)));
  madvise(data_.get(), rounded, MADV_HUGEPAGE);  // a wish: the run is correct without
  std::memset(data_.get(), 0, size_);            // touch every page before anything is timed
}

}  // namespace ringtrue
