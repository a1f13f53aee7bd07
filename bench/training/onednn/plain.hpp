#pragma once

#include <span>

#include "bench/training/onednn/layout.hpp"

namespace ringtrue::onednn {

// Copies of one tensor between the layout it is stored in and the plain one. Requires spans of as many values as the
// tensor has, and an unpadded layout. Throws Error if oneDNN fails.

void to_plain(const Desc& stored, std::span<const float> from, std::span<float> to);
void from_plain(const Desc& stored, std::span<const float> from, std::span<float> to);

}  // namespace ringtrue::onednn
