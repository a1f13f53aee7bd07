// Batch norm with the statistics of the batch, rectifier included; the rectifier's mask is kept in a workspace of one
// bit a value.
#include "bench/training/onednn/layers.hpp"

namespace ringtrue::onednn {
namespace {

using NormForward = dnnl::batch_normalization_forward;
using NormBackward = dnnl::batch_normalization_backward;

dnnl::normalization_flags flags_of(const Layer& layer) {
  const auto flags = dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
  return layer.relu ? flags | dnnl::normalization_flags::fuse_norm_relu : flags;
}

/// Tensors that forward leaves for backward.
struct NormLeft {
  TensorId input, mean, variance, workspace;
  TrainedTensor scale, shift;
};

Gradient record_norm_backward(const Site& site, const NormBackward::primitive_desc& described, const NormLeft& left,
                              Gradient gradient) {
  Recorder& recorder = site.recorder;
  const TensorId result = gradient.shared ? recorder.add_tensor(described.diff_src_desc()) : gradient.tensor;
  std::vector<Argument> arguments{{DNNL_ARG_SRC, left.input},
                                  {DNNL_ARG_MEAN, left.mean},
                                  {DNNL_ARG_VARIANCE, left.variance},
                                  {DNNL_ARG_SCALE, left.scale.values},
                                  {DNNL_ARG_SHIFT, left.shift.values},
                                  {DNNL_ARG_DIFF_DST, gradient.tensor},
                                  {DNNL_ARG_DIFF_SRC, result},
                                  {DNNL_ARG_DIFF_SCALE, left.scale.gradients},
                                  {DNNL_ARG_DIFF_SHIFT, left.shift.gradients}};
  if (site.layer.relu) arguments.push_back({DNNL_ARG_WORKSPACE, left.workspace});
  recorder.add<NormBackward>(described, arguments);
  return {result};
}

}  // namespace

RecordedLayer record_batch_norm(const Site& site) {
  Recorder& recorder = site.recorder;
  const Desc data = recorder.desc(site.input);
  const auto flags = flags_of(site.layer);
  const NormForward::primitive_desc forward({dnnl::prop_kind::forward_training, data, norm_epsilon, flags},
                                            Recorder::attributes(), recorder.engine());
  const NormBackward::primitive_desc backward({dnnl::prop_kind::backward, data, data, norm_epsilon, flags},
                                              Recorder::attributes(), recorder.engine(), forward);
  const Desc channels = plain({site.layer.out.channels});
  const TrainedTensor scale = recorder.add_trained(site.index, ParameterKind::scale, channels);
  const TrainedTensor shift = recorder.add_trained(site.index, ParameterKind::shift, channels);
  const NormLeft left{.input = site.input,
                      .mean = recorder.add_tensor(forward.mean_desc()),
                      .variance = recorder.add_tensor(forward.variance_desc()),
                      .workspace = site.layer.relu ? recorder.add_tensor(forward.workspace_desc()) : TensorId{},
                      .scale = scale,
                      .shift = shift};
  const TensorId output = recorder.add_tensor(forward.dst_desc());
  std::vector<Argument> arguments{{DNNL_ARG_SRC, site.input},         {DNNL_ARG_SCALE, scale.values},
                                  {DNNL_ARG_SHIFT, shift.values},     {DNNL_ARG_MEAN, left.mean},
                                  {DNNL_ARG_VARIANCE, left.variance}, {DNNL_ARG_DST, output}};
  if (site.layer.relu) arguments.push_back({DNNL_ARG_WORKSPACE, left.workspace});
  recorder.add<NormForward>(forward, arguments);
  return {.output = output, .record_backward = [=](Gradient gradient) -> std::vector<Gradient> {
            return {record_norm_backward(site, backward, left, gradient)};
          }};
}

}  // namespace ringtrue::onednn
