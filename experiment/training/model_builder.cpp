#include "experiment/training/model_builder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t most_layers = 10'000;
constexpr std::int64_t most_values = std::int64_t{1} << 28;  ///< Of one layer and image: 1 GiB.

/// Places of a window along one side.
int slide(int side, Window2d window) { return (side + 2 * window.padding - window.kernel) / window.stride + 1; }

}  // namespace

Shape ModelBuilder::shape_of(int layer) const {
  return layer == from_images ? model_.images : model_.layers[static_cast<std::size_t>(layer)].out;
}

Layer ModelBuilder::next(const std::string& name, LayerKind kind) const {
  Layer layer;
  layer.name = name;
  layer.kind = kind;
  layer.input = input_;
  layer.in = layer.out = shape_of(input_);
  return layer;
}

void ModelBuilder::append(Layer layer) {
  const auto refuse = [&](const std::string& what) {
    throw Error(fmt::format("{}: layer '{}' ({}, input {} x {} x {}): {}", where_, layer.name, to_string(layer.kind),
                            layer.in.channels, layer.in.height, layer.in.width, what));
  };
  if (layer.name.empty() || layer.name.find_first_of("/ \t\n") != std::string::npos)
    refuse("its name must be one word without '/'");
  if (std::ranges::any_of(model_.layers, [&](const Layer& other) { return other.name == layer.name; }))
    refuse("the name is taken; each layer needs its own");
  if (model_.layers.size() == most_layers) refuse(fmt::format("more than {} layers", most_layers));
  if (layer.out.height < 1 || layer.out.width < 1)
    refuse(fmt::format("a window of {} with padding {} does not fit into it", layer.kernel, layer.padding));
  if (layer.padding >= layer.kernel)
    refuse(fmt::format("padding {} is not below the kernel {}", layer.padding, layer.kernel));
  if (layer.out.count() > most_values)
    refuse(fmt::format("{} values an image; allowed are {}", layer.out.count(), most_values));
  model_.layers.push_back(std::move(layer));
  input_ = last();
}

void ModelBuilder::add_convolution(const std::string& name, int channels, Window2d window) {
  Layer layer = next(name, LayerKind::convolution);
  layer.kernel = window.kernel;
  layer.stride = window.stride;
  layer.padding = window.padding;
  layer.out = {channels, slide(layer.in.height, window), slide(layer.in.width, window)};
  append(layer);
}

void ModelBuilder::add_batch_norm(const std::string& name, bool relu) {
  Layer layer = next(name, LayerKind::batch_norm);
  layer.relu = relu;
  append(layer);
}

void ModelBuilder::add_relu(const std::string& name) { append(next(name, LayerKind::relu)); }

void ModelBuilder::add_max_pool(const std::string& name, Window2d window) {
  Layer layer = next(name, LayerKind::max_pool);
  layer.kernel = window.kernel;
  layer.stride = window.stride;
  layer.padding = window.padding;
  layer.out = {layer.in.channels, slide(layer.in.height, window), slide(layer.in.width, window)};
  append(layer);
}

void ModelBuilder::add_average_pool(const std::string& name) {
  Layer layer = next(name, LayerKind::average_pool);
  layer.out = {layer.in.channels, 1, 1};
  append(layer);
}

void ModelBuilder::add_dense(const std::string& name, int outputs, bool relu) {
  Layer layer = next(name, LayerKind::dense);
  layer.relu = relu;
  layer.out = {outputs, 1, 1};
  append(layer);
}

void ModelBuilder::add_normalized(const std::string& name, int channels, Window2d window, bool relu) {
  add_convolution(name, channels, window);
  add_batch_norm(name + ".norm", relu);
}

void ModelBuilder::close_block(const std::string& name, int from, int stride) {
  const int made = last();
  int shortcut = from;
  if (shape_of(from) != shape_of(made)) {
    input_ = from;
    add_normalized(name + ".shortcut", shape_of(made).channels, {.stride = stride}, false);
    shortcut = last();
  }
  input_ = made;
  Layer sum = next(name + ".add", LayerKind::add);
  sum.other = shortcut;
  sum.relu = true;
  if (shape_of(shortcut) != sum.in)
    throw Error(
        fmt::format("{}: block '{}': its shortcut does not reach the shape of what it is added to", where_, name));
  append(sum);
}

void ModelBuilder::add_bottleneck(const std::string& name, int channels, int stride) {
  const int from = input_;
  add_normalized(name + ".a", channels, {.stride = stride}, true);
  add_normalized(name + ".b", channels, {.kernel = 3, .padding = 1}, true);
  add_normalized(name + ".c", 4 * channels, {}, false);
  close_block(name, from, stride);
}

void ModelBuilder::add_basic_block(const std::string& name, int channels, int stride) {
  const int from = input_;
  add_normalized(name + ".a", channels, {.kernel = 3, .stride = stride, .padding = 1}, true);
  add_normalized(name + ".b", channels, {.kernel = 3, .padding = 1}, false);
  close_block(name, from, stride);
}

}  // namespace ringtrue
