#include "bench/subject/reduction.hpp"

#include <cstdint>
#include <stdexcept>

namespace ringtrue {
namespace {

// One clone per instruction set, chosen when the program starts: a build runs on every x86-64 and uses what it finds.
// clang 14 knows no clones of C++ functions, and sanitizers run before the choice is made and crash on it.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define RINGTRUE_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#define RINGTRUE_INDEPENDENT _Pragma("GCC ivdep")
#else
#define RINGTRUE_VECTORISED
#define RINGTRUE_INDEPENDENT
#endif

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
