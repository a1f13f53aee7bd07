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

/// Bytes on a 2 MiB border, with huge pages where the kernel grants them: one page walk less per 4 KiB makes the
/// kernel's copy between processes half as long again as fast, and runs do not depend on how pages happened to fall.
class Memory {
 public:
  explicit Memory(Bytes size);
  std::byte* data() const { return data_.get(); }
  std::span<std::byte> bytes() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* data) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace ringtrue
