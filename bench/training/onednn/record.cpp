#include "bench/training/onednn/record.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/training/onednn/layers.hpp"
#include "experiment/error.hpp"

namespace ringtrue::onednn {
namespace {

RecordedLayer record_layer(const Site& site) {
  switch (site.layer.kind) {
    case LayerKind::convolution: return record_convolution(site);
    case LayerKind::batch_norm: return record_batch_norm(site);
    case LayerKind::relu: return record_relu(site);
    case LayerKind::max_pool: return record_max_pool(site);
    case LayerKind::average_pool: return record_average_pool(site);
    case LayerKind::add: return record_add(site);
    case LayerKind::dense: return record_dense(site);
  }
  throw std::logic_error("record_layer: not a layer");
}

/// Layers that find their own gradient from what they put out.
bool needs_own_output(const Layer& layer) {
  return layer.kind == LayerKind::relu ||
         (layer.relu && (layer.kind == LayerKind::add || layer.kind == LayerKind::dense));
}

class NetworkRecorder {
 public:
  NetworkRecorder(const Model& model, int batch, ArenaLayout layout)
      : model_(model), batch_(batch), recorder_(model, std::move(layout)), gradients_(model.layers.size()) {}

  RecordedNetwork record() {
    recorded_.images = recorder_.add_tensor(plain(activation_dims(batch_, model_.images)));
    recorder_.keep(recorded_.images);
    for (int i = 0; i < count(); ++i) guarded(i, [&] { record_forward(i); });
    record_loss();
    for (int i = count(); i-- > 0;) guarded(i, [&] { record_backward(i); });
    recorded_.recording = recorder_.finish();
    return std::move(recorded_);
  }

 private:
  int count() const { return static_cast<int>(model_.layers.size()); }
  const Layer& layer(int i) const { return model_.layers[static_cast<std::size_t>(i)]; }

  template <class Work>
  void guarded(int i, const Work& work) const {
    try {
      work();
    } catch (const dnnl::error& error) {
      throw Error(fmt::format("layer '{}' ({}) of {}, batch {}: oneDNN: {}", layer(i).name, to_string(layer(i).kind),
                              model_.name, batch_, error.what()));
    }
  }

  TensorId output_of(int i) const {
    return i == from_images ? recorded_.images : recorded_.outputs[static_cast<std::size_t>(i)];
  }

  bool may_overwrite(int i) const {
    if (i == from_images || needs_own_output(layer(i))) return false;
    std::ptrdiff_t readers = 0;
    for (const Layer& reader : model_.layers)
      readers += (reader.input == i ? 1 : 0) + (reader.kind == LayerKind::add && reader.other == i ? 1 : 0);
    return readers == 1;
  }

  void record_forward(int i) {
    const Layer& mine = layer(i);
    recorder_.begin(Pass::forward, i);
    layers_.push_back(record_layer({.recorder = recorder_,
                                    .layer = mine,
                                    .index = i,
                                    .batch = batch_,
                                    .input = output_of(mine.input),
                                    .other = output_of(mine.other),
                                    .needs_gradient = mine.input != from_images,
                                    .may_overwrite = may_overwrite(mine.input)}));
    recorded_.outputs.push_back(layers_.back().output);
  }

  void record_loss() {
    const Desc desc = plain(activation_dims(batch_, model_.layers.back().out));
    recorder_.begin(Pass::forward, count());
    recorded_.scores = recorder_.in_layout(recorded_.outputs.back(), desc);
    recorded_.probabilities = recorder_.add_tensor(desc);
    recorded_.score_gradient = recorder_.add_tensor(desc);
    recorder_.add_loss({{0, recorded_.scores}, {0, recorded_.probabilities}});
    recorder_.begin(Pass::backward, count());
    recorder_.add_loss({{0, recorded_.probabilities}, {0, recorded_.score_gradient}});
    gradients_.back() = Gradient{recorded_.score_gradient};
  }

  void record_backward(int i) {
    const auto& gradient = gradients_[static_cast<std::size_t>(i)];
    if (!gradient)
      throw Error(fmt::format("layer '{}' of {}: nothing uses its output; remove it", layer(i).name, model_.name));
    recorder_.begin(Pass::backward, i);
    const std::vector<Gradient> made = layers_[static_cast<std::size_t>(i)].record_backward(*gradient);
    if (!made.empty()) contribute(layer(i).input, made[0]);
    if (made.size() > 1) contribute(layer(i).other, made[1]);
  }

  void contribute(int i, Gradient made) {
    if (i == from_images) return;
    auto& gradient = gradients_[static_cast<std::size_t>(i)];
    gradient = gradient ? record_sum(recorder_, made, *gradient) : made;
  }

  const Model& model_;
  int batch_;
  Recorder recorder_;
  std::vector<RecordedLayer> layers_;
  std::vector<std::optional<Gradient>> gradients_;  ///< Of the layers' outputs, as far as recorded.
  RecordedNetwork recorded_;
};

}  // namespace

RecordedNetwork record_network(const Model& model, int batch, ArenaLayout layout) {
  return NetworkRecorder(model, batch, std::move(layout)).record();
}

}  // namespace ringtrue::onednn
