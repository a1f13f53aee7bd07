#pragma once

#include <cstddef>
#include <vector>

#include "experiment/training/buckets.hpp"

namespace ringtrue {

/// A stretch of an arena, in float32 elements.
struct Stretch {
  std::size_t begin = 0, count = 0;
  bool operator==(const Stretch&) const = default;
};

/// Where everything lies in an arena that holds bucket after bucket, tensor after tensor, without gaps.
struct ArenaLayout {
  std::vector<Stretch> parameters;  ///< In the order of parameters_of(model).
  std::vector<Stretch> buckets;
  std::size_t count = 0;
};

/// Throws Error unless the buckets hold each parameter exactly once.
ArenaLayout lay_out(const std::vector<Parameter>& parameters, const std::vector<Bucket>& buckets);

}  // namespace ringtrue
