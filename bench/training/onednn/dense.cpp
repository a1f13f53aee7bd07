// Dense layers see their input flattened, which takes the plain layout; behind a pool over the whole image that costs
// nothing. Weights are stored as forward likes them: transposing those of ResNet-50 took twenty times as long as using
// them.
#include "bench/training/onednn/layers.hpp"

namespace ringtrue::onednn {
namespace {

using DenseForward = dnnl::inner_product_forward;
using DenseData = dnnl::inner_product_backward_data;
using DenseWeights = dnnl::inner_product_backward_weights;

struct DenseGeometry {
  Desc in, out, bias;               ///< Plain.
  dnnl::memory::dims weights, in4;  ///< in4: the input before it is flattened.
};

DenseGeometry dense_geometry(const Site& site) {
  const Layer& layer = site.layer;
  return {.in = plain({site.batch, layer.in.count()}),
          .out = plain({site.batch, layer.out.channels}),
          .bias = plain({layer.out.channels}),
          .weights = {layer.out.channels, layer.in.count()},
          .in4 = activation_dims(site.batch, layer.in)};
}

DenseForward::primitive_desc describe_forward(const Site& site, const DenseGeometry& g) {
  dnnl::primitive_attr attributes = Recorder::attributes();
  if (site.layer.relu) {
    dnnl::post_ops after;
    after.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    attributes.set_post_ops(after);
  }
  const DenseForward::desc desc(dnnl::prop_kind::forward_training, g.in, any(g.weights), g.bias, g.out);
  return {desc, attributes, site.recorder.engine()};
}

/// In the layout in which the weights are stored or, where there is no kernel for that, as oneDNN likes.
template <class Describe>
auto describe_backward(const DenseGeometry& g, const Desc& stored, const Describe& describe) {
  const auto described = describe(stored);
  return is_reference(described) ? describe(any(g.weights)) : described;
}

/// Tensors that forward leaves for backward.
struct DenseLeft {
  TensorId input;
  TrainedTensor weights, bias;
};

void record_weights(const Site& site, const DenseGeometry& g, const DenseForward::primitive_desc& forward,
                    const DenseLeft& left, TensorId gradient) {
  Recorder& recorder = site.recorder;
  const auto& [input, weights, bias] = left;
  const Desc stored = recorder.desc(weights.gradients);
  const auto described = describe_backward(g, stored, [&](const Desc& layout) {
    return DenseWeights::primitive_desc({g.in, layout, g.bias, g.out}, Recorder::attributes(), recorder.engine(),
                                        forward);
  });
  const bool straight = stored == described.diff_weights_desc();
  const TensorId made = straight ? weights.gradients : recorder.add_tensor(described.diff_weights_desc());
  recorder.add<DenseWeights>(described, {{DNNL_ARG_SRC, input},
                                         {DNNL_ARG_DIFF_DST, gradient},
                                         {DNNL_ARG_DIFF_WEIGHTS, made},
                                         {DNNL_ARG_DIFF_BIAS, bias.gradients}});
  if (!straight) recorder.reorder(made, weights.gradients);
}

Gradient record_data(const Site& site, const DenseGeometry& g, const DenseForward::primitive_desc& forward,
                     TensorId weights, TensorId gradient) {
  Recorder& recorder = site.recorder;
  const auto described = describe_backward(g, recorder.desc(weights), [&](const Desc& layout) {
    return DenseData::primitive_desc({g.in, layout, g.out}, Recorder::attributes(), recorder.engine(), forward);
  });
  const TensorId made = recorder.add_tensor(g.in);
  recorder.add<DenseData>(described, {{DNNL_ARG_WEIGHTS, recorder.in_layout(weights, described.weights_desc())},
                                      {DNNL_ARG_DIFF_DST, gradient},
                                      {DNNL_ARG_DIFF_SRC, made}});
  return {recorder.in_layout(recorder.view(made, plain(g.in4)), recorder.desc(site.input))};
}

}  // namespace

RecordedLayer record_dense(const Site& site) {
  Recorder& recorder = site.recorder;
  const DenseGeometry geometry = dense_geometry(site);
  const DenseForward::primitive_desc forward = describe_forward(site, geometry);
  const Desc wanted = forward.weights_desc();
  const TrainedTensor weights =
      recorder.add_trained(site.index, ParameterKind::weights, is_unpadded(wanted) ? wanted : plain(geometry.weights));
  const TrainedTensor bias = recorder.add_trained(site.index, ParameterKind::bias, geometry.bias);
  const TensorId input = recorder.view(recorder.in_layout(site.input, plain(geometry.in4)), geometry.in);
  const TensorId flat = recorder.add_tensor(geometry.out);
  recorder.add<DenseForward>(forward, {{DNNL_ARG_SRC, input},
                                       {DNNL_ARG_WEIGHTS, recorder.in_layout(weights.values, forward.weights_desc())},
                                       {DNNL_ARG_BIAS, bias.values},
                                       {DNNL_ARG_DST, flat}});
  const TensorId output = recorder.view(flat, plain(activation_dims(site.batch, site.layer.out)));
  return {.output = output, .record_backward = [=](Gradient gradient) -> std::vector<Gradient> {
            if (site.layer.relu) gradient = record_relu_backward(site.recorder, output, gradient);
            const TensorId flat_gradient = site.recorder.view(gradient.tensor, geometry.out);
            record_weights(site, geometry, forward, {input, weights, bias}, flat_gradient);
            if (!site.needs_gradient) return {};
            return {record_data(site, geometry, forward, weights.values, flat_gradient)};
          }};
}

}  // namespace ringtrue::onednn
