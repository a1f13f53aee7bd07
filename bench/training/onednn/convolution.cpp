// Convolutions. oneDNN chooses the layout of everything when it makes the forward primitive; the backward ones take
// the activations as they are. Weights are stored as the gradients are made, and reordered where another pass wants
// them otherwise.
#include "bench/training/onednn/layers.hpp"

namespace ringtrue::onednn {
namespace {

using ConvolutionForward = dnnl::convolution_forward;
using ConvolutionData = dnnl::convolution_backward_data;
using ConvolutionWeights = dnnl::convolution_backward_weights;
constexpr auto direct = dnnl::algorithm::convolution_direct;

struct ConvolutionGeometry {
  dnnl::memory::dims in, weights, out, strides, padding;
};

ConvolutionGeometry convolution_geometry(const Site& site) {
  const Layer& layer = site.layer;
  return {.in = activation_dims(site.batch, layer.in),
          .weights = {layer.out.channels, layer.in.channels, layer.kernel, layer.kernel},
          .out = activation_dims(site.batch, layer.out),
          .strides = {layer.stride, layer.stride},
          .padding = {layer.padding, layer.padding}};
}

ConvolutionForward::primitive_desc describe_forward(const Site& site, const ConvolutionGeometry& g) {
  const ConvolutionForward::desc desc(dnnl::prop_kind::forward_training, direct, any(g.in), any(g.weights), any(g.out),
                                      g.strides, g.padding, g.padding);
  return {desc, Recorder::attributes(), site.recorder.engine()};
}

/// Activations as forward has them, or, where there is no kernel for those, as oneDNN likes.
template <class Describe>
auto describe_backward(const ConvolutionForward::primitive_desc& forward, const ConvolutionGeometry& g,
                       const Describe& describe) {
  const auto described = describe(forward.src_desc(), forward.dst_desc());
  return is_reference(described) ? describe(any(g.in), any(g.out)) : described;
}

ConvolutionData::primitive_desc describe_data(const Site& site, const ConvolutionGeometry& g,
                                              const ConvolutionForward::primitive_desc& forward) {
  return describe_backward(forward, g, [&](const Desc& in, const Desc& out) {
    return ConvolutionData::primitive_desc({direct, in, any(g.weights), out, g.strides, g.padding, g.padding},
                                           Recorder::attributes(), site.recorder.engine(), forward);
  });
}

ConvolutionWeights::primitive_desc describe_weights(const Site& site, const ConvolutionGeometry& g,
                                                    const ConvolutionForward::primitive_desc& forward) {
  return describe_backward(forward, g, [&](const Desc& in, const Desc& out) {
    return ConvolutionWeights::primitive_desc({direct, in, any(g.weights), out, g.strides, g.padding, g.padding},
                                              Recorder::attributes(), site.recorder.engine(), forward);
  });
}

void record_weights(const Site& site, const ConvolutionWeights::primitive_desc& described, TensorId input,
                    TensorId gradient, TensorId result) {
  Recorder& recorder = site.recorder;
  const bool straight = recorder.desc(result) == described.diff_weights_desc();
  const TensorId made = straight ? result : recorder.add_tensor(described.diff_weights_desc());
  recorder.add<ConvolutionWeights>(described,
                                   {{DNNL_ARG_SRC, recorder.in_layout(input, described.src_desc())},
                                    {DNNL_ARG_DIFF_DST, recorder.in_layout(gradient, described.diff_dst_desc())},
                                    {DNNL_ARG_DIFF_WEIGHTS, made}});
  if (!straight) recorder.reorder(made, result);
}

Gradient record_data(const Site& site, const ConvolutionData::primitive_desc& described, TensorId weights,
                     TensorId gradient) {
  Recorder& recorder = site.recorder;
  const TensorId made = recorder.add_tensor(described.diff_src_desc());
  recorder.add<ConvolutionData>(described,
                                {{DNNL_ARG_WEIGHTS, recorder.in_layout(weights, described.weights_desc())},
                                 {DNNL_ARG_DIFF_DST, recorder.in_layout(gradient, described.diff_dst_desc())},
                                 {DNNL_ARG_DIFF_SRC, made}});
  return {recorder.in_layout(made, recorder.desc(site.input))};
}

}  // namespace

RecordedLayer record_convolution(const Site& site) {
  Recorder& recorder = site.recorder;
  const ConvolutionGeometry geometry = convolution_geometry(site);
  const ConvolutionForward::primitive_desc forward = describe_forward(site, geometry);
  const ConvolutionWeights::primitive_desc weights_described = describe_weights(site, geometry, forward);
  const Desc made = weights_described.diff_weights_desc();
  const TrainedTensor weights =
      recorder.add_trained(site.index, ParameterKind::weights, is_unpadded(made) ? made : plain(geometry.weights));
  const TensorId input = recorder.in_layout(site.input, forward.src_desc());
  const TensorId output = recorder.add_tensor(forward.dst_desc());
  recorder.add<ConvolutionForward>(forward,
                                   {{DNNL_ARG_SRC, input},
                                    {DNNL_ARG_WEIGHTS, recorder.in_layout(weights.values, forward.weights_desc())},
                                    {DNNL_ARG_DST, output}});
  return {.output = output, .record_backward = [=](Gradient gradient) -> std::vector<Gradient> {
            record_weights(site, weights_described, input, gradient.tensor, weights.gradients);
            if (!site.needs_gradient) return {};
            return {record_data(site, describe_data(site, geometry, forward), weights.values, gradient.tensor)};
          }};
}

}  // namespace ringtrue::onednn
