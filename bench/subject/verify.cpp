#include "bench/subject/verify.hpp"

#include <algorithm>
#include <cstring>

namespace ringtrue {
namespace {

constexpr int periods = 16;

template <class T, class Value>
std::vector<std::byte> repeat(Value value) {
  std::vector<std::byte> bytes(std::size_t{input_period} * periods * sizeof(T));
  for (int i = 0; i < input_period * periods; ++i) {
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

void Pattern::fill(std::span<std::byte> buffer, std::int64_t first) const {
  std::size_t from = phase(first);
  for (std::size_t begin = 0; begin < buffer.size();) {
    const std::size_t length = std::min(bytes_.size() - from, buffer.size() - begin);
    std::memcpy(buffer.data() + begin, bytes_.data() + from, length);
    begin += length;
    from = 0;
  }
}

std::int64_t Pattern::count_different(std::span<const std::byte> buffer, std::int64_t first) const {
  std::int64_t different = 0;
  const std::size_t from = phase(first);
  for (std::size_t i = 0; i + element_ <= buffer.size(); i += element_)
    different += std::memcmp(buffer.data() + i, bytes_.data() + (from + i) % bytes_.size(), element_) == 0 ? 0 : 1;
  return different;
}

}  // namespace ringtrue
