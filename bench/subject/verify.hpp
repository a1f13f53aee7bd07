#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// Small integers, so that sums are exact in every type we time (float32: up to 66,000 ranks). Ranks and neighbouring
/// elements differ, so a chunk that is missing, doubled or misplaced shows.
constexpr int input_period = 251;
constexpr int input_value(std::int64_t rank, std::int64_t i) {
  return static_cast<int>((i * 31 + rank * 17) % input_period);
}

/// The sum over all ranks at element i, in closed form, not from another collective.
constexpr std::int64_t reduced_value(std::int64_t i, int ranks) {
  std::int64_t sum = 0;
  for (int rank = 0; rank < ranks; ++rank) sum += input_value(rank, i);
  return sum;
}

/// One stretch of bytes that a buffer repeats: inputs and sums have a period of 251 elements, so buffers are written
/// and checked at memory speed.
class Pattern {
 public:
  static Pattern input(DataType dtype, int rank);
  static Pattern sum(DataType dtype, int ranks);

  /// The buffer begins with element `first`.
  void fill(std::span<std::byte> buffer, std::int64_t first = 0) const;
  /// Elements of `buffer` that differ.
  std::int64_t count_different(std::span<const std::byte> buffer, std::int64_t first = 0) const;

 private:
  template <class Work>
  void walk(std::size_t size, std::int64_t first, const Work& work) const;
  /// Bytes from the beginning of the pattern at which element `first` stands.
  std::size_t phase(std::int64_t first) const { return static_cast<std::size_t>(first % input_period) * element_; }

  std::vector<std::byte> bytes_;
  std::size_t element_ = 4;
};

}  // namespace ringtrue
