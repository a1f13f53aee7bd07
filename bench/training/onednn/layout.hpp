#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "experiment/training/model.hpp"

namespace ringtrue::onednn {

using Desc = dnnl::memory::desc;

/// A batch of activations, always with four dimensions: images x channels x height x width.
dnnl::memory::dims activation_dims(int batch, const Shape& shape);
Desc plain(const dnnl::memory::dims& dims);  ///< Row-major, without gaps. Requires 1, 2 or 4 dimensions.
Desc any(const dnnl::memory::dims& dims);    ///< oneDNN chooses the layout.

/// True if the bytes of a tensor so described are those of the plain layout: it is, or the images are 1 x 1 and only
/// the channels are blocked, without padding.
bool is_plain(const Desc& desc);
/// True if oneDNN added nothing to the tensor's own values.
bool is_unpadded(const Desc& desc);

/// True for oneDNN's plain loops, which are a hundred times slower than its kernels.
bool is_reference(const dnnl::primitive_desc_base& described);

}  // namespace ringtrue::onednn
