#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ringtrue {

/// A buffer that is needed from operation `first` to operation `last`, both included.
struct Lifetime {
  std::size_t bytes = 0;
  int first = 0, last = 0;
};

/// Offsets, multiples of 64 bytes, at which buffers that are needed at the same time do not overlap.
struct Placement {
  std::vector<std::size_t> offsets;
  std::size_t bytes = 0;  ///< Of the memory that holds them all.
};

/// Largest first, each as low as it fits: a greedy answer, for activations near the optimum.
/// Source: Pisarchyk & Lee, arXiv 2001.03288, "greedy by size".
Placement place(std::span<const Lifetime> lifetimes);

}  // namespace ringtrue
