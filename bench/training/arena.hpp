#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/subject/memory.hpp"
#include "bench/training/arena_layout.hpp"

namespace ringtrue {

/// float32 values on huge pages.
class Arena {
 public:
  explicit Arena(std::size_t count) : memory_(Bytes{static_cast<std::int64_t>(count * sizeof(float))}), count_(count) {}
  std::span<float> all() const { return {reinterpret_cast<float*>(memory_.data()), count_}; }
  std::span<float> operator[](const Stretch& stretch) const { return all().subspan(stretch.begin, stretch.count); }
  std::byte* bytes() const { return memory_.data(); }

 private:
  Memory memory_;
  std::size_t count_;
};

}  // namespace ringtrue
