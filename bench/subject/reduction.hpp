#pragma once

#include <cstddef>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// result[i] = first[i] + second[i] for `bytes` of elements; result may be `first`. Vectorised for the running CPU.
/// Requires bytes to be a whole number of elements and no other overlap.
void add(std::byte* result, const std::byte* first, const std::byte* second, std::int64_t bytes, DataType dtype);

}  // namespace ringtrue
