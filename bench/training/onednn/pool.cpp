#include "bench/training/onednn/layers.hpp"

namespace ringtrue::onednn {
namespace {

using PoolForward = dnnl::pooling_forward;
using PoolBackward = dnnl::pooling_backward;

struct Pool {
  dnnl::algorithm algorithm = dnnl::algorithm::pooling_max;
  dnnl::memory::dims strides, kernel, padding;
};

RecordedLayer record_pool(const Site& site, const Pool& pool) {
  Recorder& recorder = site.recorder;
  const Desc in = recorder.desc(site.input);
  const PoolForward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, pool.algorithm, in, any(activation_dims(site.batch, site.layer.out)),
       pool.strides, pool.kernel, pool.padding, pool.padding},
      Recorder::attributes(), recorder.engine());
  const PoolBackward::primitive_desc backward(
      {pool.algorithm, in, forward.dst_desc(), pool.strides, pool.kernel, pool.padding, pool.padding},
      Recorder::attributes(), recorder.engine(), forward);
  const bool has_workspace = forward.workspace_desc().get_size() > 0;  // which value of each window was largest
  const TensorId workspace = has_workspace ? recorder.add_tensor(forward.workspace_desc()) : TensorId{};
  const TensorId output = recorder.add_tensor(forward.dst_desc());
  std::vector<Argument> arguments{{DNNL_ARG_SRC, site.input}, {DNNL_ARG_DST, output}};
  if (has_workspace) arguments.push_back({DNNL_ARG_WORKSPACE, workspace});
  recorder.add<PoolForward>(forward, arguments);
  return {.output = output, .record_backward = [=](Gradient gradient) -> std::vector<Gradient> {
            if (!site.needs_gradient) return {};
            const TensorId result = site.recorder.add_tensor(backward.diff_src_desc());
            std::vector<Argument> used{{DNNL_ARG_DIFF_DST, gradient.tensor}, {DNNL_ARG_DIFF_SRC, result}};
            if (has_workspace) used.push_back({DNNL_ARG_WORKSPACE, workspace});
            site.recorder.add<PoolBackward>(backward, used);
            return {Gradient{result}};
          }};
}

}  // namespace

RecordedLayer record_max_pool(const Site& site) {
  const Layer& layer = site.layer;
  return record_pool(site, {.algorithm = dnnl::algorithm::pooling_max,
                            .strides = {layer.stride, layer.stride},
                            .kernel = {layer.kernel, layer.kernel},
                            .padding = {layer.padding, layer.padding}});
}

RecordedLayer record_average_pool(const Site& site) {
  const Layer& layer = site.layer;
  return record_pool(site, {.algorithm = dnnl::algorithm::pooling_avg_include_padding,
                            .strides = {1, 1},
                            .kernel = {layer.in.height, layer.in.width},
                            .padding = {0, 0}});
}

}  // namespace ringtrue::onednn
