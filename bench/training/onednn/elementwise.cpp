// Rectifiers and sums. Both overwrite an input that nobody needs any more, and a rectifier's gradient is found from
// what it put out.
#include "bench/training/onednn/layers.hpp"

namespace ringtrue::onednn {
namespace {

constexpr auto relu_forward = dnnl::algorithm::eltwise_relu;
constexpr auto relu_backward = dnnl::algorithm::eltwise_relu_use_dst_for_bwd;
using Binary = dnnl::binary;

dnnl::eltwise_forward::primitive_desc describe_relu(const Recorder& recorder, dnnl::algorithm algorithm,
                                                    const Desc& desc) {
  return {{dnnl::prop_kind::forward_training, algorithm, desc}, Recorder::attributes(), recorder.engine()};
}

void record_binary_add(Recorder& recorder, const std::vector<Argument>& arguments, bool relu) {
  const Desc desc = recorder.desc(arguments.front().tensor);
  dnnl::primitive_attr attributes = Recorder::attributes();
  if (relu) {
    dnnl::post_ops after;
    after.append_eltwise(1.0F, relu_forward, 0.0F, 0.0F);
    attributes.set_post_ops(after);
  }
  recorder.add<Binary>(
      Binary::primitive_desc({dnnl::algorithm::binary_add, desc, desc, desc}, attributes, recorder.engine()),
      arguments);
}

}  // namespace

Gradient record_relu_backward(Recorder& recorder, TensorId output, Gradient gradient) {
  const Desc desc = recorder.desc(output);
  const dnnl::eltwise_backward::primitive_desc described({relu_backward, desc, desc}, Recorder::attributes(),
                                                         recorder.engine(),
                                                         describe_relu(recorder, relu_backward, desc));
  const TensorId result = gradient.shared ? recorder.add_tensor(desc) : gradient.tensor;
  recorder.add<dnnl::eltwise_backward>(
      described, {{DNNL_ARG_DST, output}, {DNNL_ARG_DIFF_DST, gradient.tensor}, {DNNL_ARG_DIFF_SRC, result}});
  return {result};
}

Gradient record_sum(Recorder& recorder, Gradient one, Gradient other) {
  if (one.shared) std::swap(one, other);
  const TensorId result = one.shared ? recorder.add_tensor(recorder.desc(one.tensor)) : one.tensor;
  record_binary_add(recorder, {{DNNL_ARG_SRC_0, one.tensor}, {DNNL_ARG_SRC_1, other.tensor}, {DNNL_ARG_DST, result}},
                    false);
  return {result};
}

RecordedLayer record_relu(const Site& site) {
  Recorder& recorder = site.recorder;
  const Desc desc = recorder.desc(site.input);
  const TensorId output = site.may_overwrite ? site.input : recorder.add_tensor(desc);
  recorder.add<dnnl::eltwise_forward>(describe_relu(recorder, relu_backward, desc),
                                      {{DNNL_ARG_SRC, site.input}, {DNNL_ARG_DST, output}});
  return {.output = output, .record_backward = [=](Gradient gradient) -> std::vector<Gradient> {
            if (!site.needs_gradient) return {};
            return {record_relu_backward(site.recorder, output, gradient)};
          }};
}

RecordedLayer record_add(const Site& site) {
  Recorder& recorder = site.recorder;
  const Desc desc = recorder.desc(site.input), other_desc = recorder.desc(site.other);
  const TensorId other = recorder.in_layout(site.other, desc);
  const bool in_place = site.may_overwrite && is_unpadded(desc);  // oneDNN 2.6's kernel spoils padded ones
  const TensorId output = in_place ? site.input : recorder.add_tensor(desc);
  record_binary_add(recorder, {{DNNL_ARG_SRC_0, site.input}, {DNNL_ARG_SRC_1, other}, {DNNL_ARG_DST, output}},
                    site.layer.relu);
  return {.output = output, .record_backward = [=](Gradient gradient) -> std::vector<Gradient> {
            if (site.layer.relu) gradient = record_relu_backward(site.recorder, output, gradient);
            const TensorId summand = gradient.tensor;  // both summands have the gradient of the sum
            return {Gradient{summand, true}, Gradient{site.recorder.in_layout(summand, other_desc), true}};
          }};
}

}  // namespace ringtrue::onednn
