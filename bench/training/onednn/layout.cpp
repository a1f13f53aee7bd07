#include "bench/training/onednn/layout.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <numeric>
#include <string_view>

namespace ringtrue::onednn {
namespace {

using Tag = dnnl::memory::format_tag;
constexpr auto float32 = dnnl::memory::data_type::f32;

std::size_t plain_bytes(const dnnl::memory::dims& dims) {
  return static_cast<std::size_t>(
             std::accumulate(dims.begin(), dims.end(), dnnl::memory::dim{1}, std::multiplies<>())) *
         sizeof(float);
}

}  // namespace

dnnl::memory::dims activation_dims(int batch, const Shape& shape) {
  return {batch, shape.channels, shape.height, shape.width};
}

Desc plain(const dnnl::memory::dims& dims) {
  assert(dims.size() == 1 || dims.size() == 2 || dims.size() == 4);
  return {dims, float32, dims.size() == 1 ? Tag::a : dims.size() == 2 ? Tag::ab : Tag::abcd};
}

Desc any(const dnnl::memory::dims& dims) { return {dims, float32, Tag::any}; }

bool is_unpadded(const Desc& desc) { return desc.get_size() == plain_bytes(desc.dims()); }

bool is_plain(const Desc& desc) {
  const dnnl::memory::dims dims = desc.dims();
  if (desc == plain(dims)) return true;
  if (dims.size() != 4 || dims[2] * dims[3] != 1 || !is_unpadded(desc)) return false;
  constexpr std::array blocked{Tag::nChw8c, Tag::nChw16c, Tag::nChw4c, Tag::nhwc};
  return std::ranges::any_of(blocked, [&](Tag tag) { return desc == Desc(dims, float32, tag); });
}

bool is_reference(const dnnl::primitive_desc_base& described) {
  return std::string_view(described.impl_info_str()).starts_with("ref");
}

}  // namespace ringtrue::onednn
