#include "bench/training/training_memory.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "bench/training/placement.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

constexpr std::int64_t float_bytes = 4;

std::int64_t activation_bytes(const Shape& shape, int batch) {
  const std::int64_t block = shape.height * shape.width == 1 || shape.channels < 8 ? 1 : 8;  // as AVX2 kernels like it
  const std::int64_t channels = (shape.channels + block - 1) / block * block;
  return float_bytes * batch * channels * shape.height * shape.width;
}

std::int64_t weight_bytes(const Layer& layer) {
  return layer.kind == LayerKind::convolution
             ? float_bytes * layer.out.channels * layer.in.channels * layer.kernel * layer.kernel
             : 0;
}

/// The buffers of a step, one operation a layer and pass: backward of layer i is operation 2n - 1 - i. Each output
/// lives from its forward to the last backward that reads it: its readers', or its own if that looks at it.
class StepBuffers {
 public:
  StepBuffers(const Model& model, int batch) : model_(model), batch_(batch) {}

  std::size_t placed_bytes() {
    add(activation_bytes(model_.images, batch_), 0, 2 * count() - 1);
    for (int i = 0; i < count(); ++i) add_layer(i);
    return place(lifetimes_).bytes;
  }

 private:
  int count() const { return static_cast<int>(model_.layers.size()); }
  int backward_of(int layer) const { return 2 * count() - 1 - layer; }
  void add(std::int64_t bytes, int first, int last) {
    lifetimes_.push_back({.bytes = static_cast<std::size_t>(bytes), .first = first, .last = last});
  }

  static bool reads_input_again(const Layer& layer) {
    return layer.kind == LayerKind::convolution || layer.kind == LayerKind::batch_norm ||
           layer.kind == LayerKind::dense;
  }
  static bool reads_output_again(const Layer& layer) {
    return layer.kind == LayerKind::relu || (layer.relu && layer.kind != LayerKind::batch_norm);
  }

  const Layer& layer(int i) const { return model_.layers[static_cast<std::size_t>(i)]; }

  /// How long an output is needed: `reader` is the last layer that takes it, `again` the last backward that looks at
  /// it, 0 if none does.
  struct Use {
    int reader = 0, again = 0;
  };
  Use use_of(int i) const {
    Use use{.reader = i, .again = reads_output_again(layer(i)) ? backward_of(i) : 0};
    for (int j = i + 1; j < count(); ++j) {
      const Layer& reader = layer(j);
      if (reader.input != i && (reader.kind != LayerKind::add || reader.other != i)) continue;
      use.reader = j;
      if (reads_input_again(reader) && use.again == 0) use.again = backward_of(j);
    }
    return use;
  }

  /// An add overwrites its first summand, whose memory then is the sum's.
  bool is_overwritten(int i, const Use& use) const {
    return use.again == 0 && layer(use.reader).kind == LayerKind::add && layer(use.reader).input == i;
  }

  void add_layer(int i) {
    const Layer& mine = layer(i);
    const std::int64_t bytes = activation_bytes(mine.out, batch_);
    const Use use = use_of(i);
    if (!is_overwritten(i, use)) add(bytes, i, std::max(use.reader, use.again));
    if (use.reader > i) add(bytes, backward_of(use.reader), backward_of(i));  // its gradient
    if (mine.relu && mine.kind == LayerKind::batch_norm) add(bytes / 32, i, backward_of(i));
    if (mine.kind == LayerKind::max_pool) add(bytes / 4, i, backward_of(i));
    if (mine.input != from_images) add(weight_bytes(mine), backward_of(i), backward_of(i));
  }

  const Model& model_;
  int batch_;
  std::vector<Lifetime> lifetimes_;
};

}  // namespace

int largest_batch(const Model& model) {
  std::int64_t largest = model.images.count();
  for (const Layer& layer : model.layers) largest = std::max(largest, layer.out.count());
  return static_cast<int>(std::max<std::int64_t>(std::numeric_limits<std::int32_t>::max() / largest, 1));
}

void require_batch(const Model& model, int batch) {
  if (const int most = largest_batch(model); batch < 1 || batch > most)
    throw Error(fmt::format("batch {} for {}; allowed are 1 to {} images a rank", batch, model.name, most));
}

Bytes training_memory(const Model& model, int batch, int shards) {
  assert(shards >= 1);
  require_batch(model, batch);
  const std::int64_t arena = float_bytes * parameter_count(model);
  const auto buffers = static_cast<std::int64_t>(StepBuffers(model, batch).placed_bytes());
  return {2 * arena + (arena + shards - 1) / shards + buffers};
}

}  // namespace ringtrue
