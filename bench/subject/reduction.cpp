#include "bench/subject/reduction.hpp"

#include <cstdint>
#include <stdexcept>

#include "bench/vectorised.hpp"

namespace ringtrue {
namespace {

RINGTRUE_VECTORISED void add_floats(float* result, const float* first, const float* second, std::int64_t n) {
  RINGTRUE_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) result[i] = first[i] + second[i];
}

RINGTRUE_VECTORISED void add_doubles(double* result, const double* first, const double* second, std::int64_t n) {
  RINGTRUE_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) result[i] = first[i] + second[i];
}

template <class T>
T* as(std::byte* bytes) {
  return reinterpret_cast<T*>(bytes);
}
template <class T>
const T* as(const std::byte* bytes) {
  return reinterpret_cast<const T*>(bytes);
}

}  // namespace

void add(std::byte* result, const std::byte* first, const std::byte* second, std::int64_t bytes, DataType dtype) {
  switch (dtype) {
    case DataType::float32: add_floats(as<float>(result), as<float>(first), as<float>(second), bytes / 4); return;
    case DataType::float64: add_doubles(as<double>(result), as<double>(first), as<double>(second), bytes / 8); return;
  }
  throw std::logic_error("add: not a data type");
}

}  // namespace ringtrue
