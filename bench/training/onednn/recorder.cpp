#include "bench/training/onednn/recorder.hpp"

#include <algorithm>
#include <cassert>

namespace ringtrue::onednn {

void Recorder::begin(Pass pass, int layer) {
  pass_ = pass;
  layer_ = layer;
}

TensorId Recorder::add_placed(Home home, std::size_t offset, const Desc& desc) {
  storage_.push_back({.home = home, .bytes = desc.get_size(), .offset = offset});
  tensors_.push_back({.desc = desc, .storage = storage_.size() - 1});
  return {tensors_.size() - 1};
}

TensorId Recorder::add_tensor(const Desc& desc) { return add_placed(Home::planned, 0, desc); }

TensorId Recorder::view(TensorId tensor, const Desc& desc) {
  assert(desc.get_size() == tensors_[tensor.index].desc.get_size());
  tensors_.push_back({.desc = desc, .storage = tensors_[tensor.index].storage});
  return {tensors_.size() - 1};
}

TrainedTensor Recorder::add_trained(int layer, ParameterKind kind, const Desc& desc) {
  const auto found =
      std::ranges::find_if(parameters_, [&](const Parameter& p) { return p.layer == layer && p.kind == kind; });
  assert(found != parameters_.end() && is_unpadded(desc));
  const auto index = static_cast<std::size_t>(found - parameters_.begin());
  stored_[index] = desc;
  const std::size_t offset = layout_.parameters[index].begin * sizeof(float);
  return {.values = add_placed(Home::parameters, offset, desc), .gradients = add_placed(Home::gradients, offset, desc)};
}

dnnl::primitive_attr Recorder::attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

void Recorder::add_operation(dnnl::primitive primitive, const Desc& scratchpad,
                             const std::vector<Argument>& arguments) {
  const auto position = static_cast<int>(forward_.size() + backward_.size());
  for (const Argument& argument : arguments) touch(argument.tensor, position);
  (pass_ == Pass::forward ? forward_ : backward_)
      .push_back(
          {.layer = layer_, .primitive = std::move(primitive), .scratchpad = scratchpad, .arguments = arguments});
}

void Recorder::touch(TensorId tensor, int operation) {
  Storage& storage = storage_[tensors_[tensor.index].storage];
  if (storage.first < 0) storage.first = operation;
  storage.last = operation;
}

void Recorder::add_loss(const std::vector<Argument>& arguments) { add_operation({}, {}, arguments); }

void Recorder::reorder(TensorId from, TensorId to) {
  add<dnnl::reorder>(dnnl::reorder::primitive_desc(engine_, desc(from), engine_, desc(to), attributes()),
                     {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

TensorId Recorder::in_layout(TensorId tensor, const Desc& wanted) {
  if (desc(tensor) == wanted) return tensor;
  if (desc(tensor).dims() == wanted.dims() && is_plain(desc(tensor)) && is_plain(wanted)) return view(tensor, wanted);
  const TensorId copied = add_tensor(wanted);
  reorder(tensor, copied);
  return copied;
}

Recorder::Recording Recorder::finish() {
  const auto end = static_cast<int>(forward_.size() + backward_.size()) - 1;
  for (const TensorId tensor : kept_) {
    touch(tensor, end);
    storage_[tensors_[tensor.index].storage].first = 0;
  }
  return {.engine = engine_,
          .tensors = std::move(tensors_),
          .storage = std::move(storage_),
          .forward = std::move(forward_),
          .backward = std::move(backward_),
          .stored = std::move(stored_)};
}

}  // namespace ringtrue::onednn
