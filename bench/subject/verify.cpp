#include "bench/subject/verify.hpp"

#include <algorithm>
#include <cstring>

namespace ringtrue {
namespace {

/// Of the stretch that is copied: it stays in the first-level cache and below the 2 KiB from which glibc's memcpy
/// starts up `rep movsb`; stretches of 16 KB took 1.3 times as long to fill 16 MiB, and twice as long for 128 KiB.
constexpr std::size_t stretch_bytes = 2048;

template <class T, class Value>
std::vector<std::byte> repeat(Value value) {
  constexpr int elements = input_period * static_cast<int>(stretch_bytes / (input_period * sizeof(T)));
  std::vector<std::byte> bytes(elements * sizeof(T));
  for (int i = 0; i < elements; ++i) {
    const T element = static_cast<T>(value(i % input_period));
    std::memcpy(bytes.data() + static_cast<std::size_t>(i) * sizeof(T), &element, sizeof(T));
  }
  return bytes;
}

template <class Value>
std::vector<std::byte> repeat(DataType dtype, Value value) {
  switch (dtype) {
    case DataType::float32: return repeat<float>(value);
    case DataType::float64: return repeat<double>(value);
  }
  throw std::logic_error("repeat: not a data type");
}

}  // namespace

Pattern Pattern::input(DataType dtype, int rank) {
  Pattern pattern;
  pattern.element_ = static_cast<std::size_t>(element_bytes(dtype).count);
  pattern.bytes_ = repeat(dtype, [&](int i) { return input_value(rank, i); });
  return pattern;
}

Pattern Pattern::sum(DataType dtype, int ranks) {
  Pattern pattern;
  pattern.element_ = static_cast<std::size_t>(element_bytes(dtype).count);
  pattern.bytes_ = repeat(dtype, [&](int i) { return reduced_value(i, ranks); });
  return pattern;
}

/// Calls `work(begin, length, from)` for each stretch of a buffer of `size` bytes that begins with element `first`.
template <class Work>
void Pattern::walk(std::size_t size, std::int64_t first, const Work& work) const {
  std::size_t from = phase(first);
  for (std::size_t begin = 0; begin < size;) {
    const std::size_t length = std::min(bytes_.size() - from, size - begin);
    work(begin, length, bytes_.data() + from);
    begin += length;
    from = 0;
  }
}

void Pattern::fill(std::span<std::byte> buffer, std::int64_t first) const {
  walk(buffer.size(), first, [&](std::size_t begin, std::size_t length, const std::byte* from) {
    std::memcpy(buffer.data() + begin, from, length);
  });
}

std::int64_t Pattern::count_different(std::span<const std::byte> buffer, std::int64_t first) const {
  std::int64_t different = 0;
  walk(buffer.size(), first, [&](std::size_t begin, std::size_t length, const std::byte* from) {
    if (std::memcmp(buffer.data() + begin, from, length) == 0) return;
    for (std::size_t i = 0; i < length; i += element_)
      different += std::memcmp(buffer.data() + begin + i, from + i, std::min(element_, length - i)) == 0 ? 0 : 1;
  });
  return different;
}

}  // namespace ringtrue
