#include "experiment/training/model.hpp"

#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"
#include "experiment/training/model_builder.hpp"

namespace ringtrue {
namespace {

constexpr std::int64_t most_parameters = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t most_channels = 65'536;

int read_int(ObjectReader& reader, const std::string& key, int otherwise, std::int64_t lowest, std::int64_t highest) {
  return reader.has(key) ? static_cast<int>(reader.integer(key, lowest, highest)) : otherwise;
}

Window2d read_window(ObjectReader& reader, int kernel) {
  return {.kernel = read_int(reader, "kernel", kernel, 1, 64),
          .stride = read_int(reader, "stride", 1, 1, 64),
          .padding = read_int(reader, "padding", 0, 0, 32)};
}

int read_channels(ObjectReader& reader) { return static_cast<int>(reader.integer("channels", 1, most_channels)); }

void add_blocks(ObjectReader& reader, ModelBuilder& model, const std::string& name, bool bottleneck) {
  const int channels = read_channels(reader), stride = read_int(reader, "stride", 1, 1, 64);
  const int repeat = read_int(reader, "repeat", 1, 1, 1000);
  for (int i = 0; i < repeat; ++i) {
    const std::string block = repeat == 1 ? name : fmt::format("{}.{}", name, i + 1);
    if (bottleneck) {
      model.add_bottleneck(block, channels, i == 0 ? stride : 1);
    } else {
      model.add_basic_block(block, channels, i == 0 ? stride : 1);
    }
  }
}

void add_layer(const Json& json, const std::string& where, ModelBuilder& model) {
  ObjectReader reader(json, where);
  const std::string kind = reader.text("layer"), name = reader.text("name");
  const auto relu = [&] { return reader.has("relu") && reader.boolean("relu"); };
  if (kind == "convolution") {
    model.add_convolution(name, read_channels(reader), read_window(reader, 1));
  } else if (kind == "batch_norm") {
    model.add_batch_norm(name, relu());
  } else if (kind == "relu") {
    model.add_relu(name);
  } else if (kind == "max_pool") {
    model.add_max_pool(name, read_window(reader, 2));
  } else if (kind == "average_pool") {
    model.add_average_pool(name);
  } else if (kind == "dense") {
    const int outputs = static_cast<int>(reader.integer("outputs", 1, most_channels));
    model.add_dense(name, outputs, relu());
  } else if (kind == "bottleneck" || kind == "basic_block") {
    add_blocks(reader, model, name, kind == "bottleneck");
  } else {
    reader.refuse("layer", "convolution, batch_norm, relu, max_pool, average_pool, dense, bottleneck or basic_block");
  }
  reader.finish();
}

void require_whole(const Model& model, const std::string& where) {
  const Layer& last = model.layers.back();
  if (last.kind != LayerKind::dense || last.relu || last.out.channels != model.classes)
    throw Error(
        fmt::format("{}: the last layer, '{}', is {} with {} outputs; it must be dense, without relu, with one for "
                    "each of the {} classes",
                    where, last.name, to_string(last.kind), last.out.count(), model.classes));
  if (const std::int64_t count = parameter_count(model); count > most_parameters)
    throw Error(fmt::format("{}: {} parameters; allowed are {}", where, count, most_parameters));
}

}  // namespace

Model parse_model(const std::string& text, const std::string& where) {
  const Json json = parse_json(text, where);
  ObjectReader reader(json, where);
  Model model{.name = reader.text("name"), .hash = content_hash(text), .images = {}, .classes = 0, .layers = {}};
  ObjectReader images(reader.at("images"), reader.where("images"));
  model.images = {.channels = static_cast<int>(images.integer("channels", 1, 1024)),
                  .height = static_cast<int>(images.integer("height", 1, 4096)),
                  .width = static_cast<int>(images.integer("width", 1, 4096))};
  images.finish();
  model.classes = static_cast<int>(reader.integer("classes", 2, most_channels));
  const Json& layers = reader.at("layers");
  if (!layers.is_array() || layers.empty()) reader.refuse("layers", "a list of at least one layer");
  reader.finish();
  if (model.name.empty() || model.name.find_first_of(". \t\n/") != std::string::npos)
    reader.refuse("name", "one word without dots");
  ModelBuilder builder(model, where);
  for (std::size_t i = 0; i < layers.size(); ++i) add_layer(layers[i], fmt::format("{}/layers/{}", where, i), builder);
  require_whole(model, where);
  return model;
}

Model read_model(const std::filesystem::path& path) { return parse_model(read_text_file(path), path.string()); }

std::vector<Parameter> parameters_of(const Model& model) {
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    const auto add = [&](ParameterKind kind, std::int64_t count) {
      parameters.push_back({.layer = static_cast<int>(i), .kind = kind, .count = count});
    };
    if (layer.kind == LayerKind::convolution) {
      add(ParameterKind::weights, std::int64_t{layer.out.channels} * layer.in.channels * layer.kernel * layer.kernel);
    } else if (layer.kind == LayerKind::dense) {
      add(ParameterKind::weights, layer.out.channels * layer.in.count());
      add(ParameterKind::bias, layer.out.channels);
    } else if (layer.kind == LayerKind::batch_norm) {
      add(ParameterKind::scale, layer.out.channels);
      add(ParameterKind::shift, layer.out.channels);
    }
  }
  return parameters;
}

std::int64_t parameter_count(const Model& model) {
  const std::vector<Parameter> parameters = parameters_of(model);
  return std::accumulate(parameters.begin(), parameters.end(), std::int64_t{0},
                         [](std::int64_t sum, const Parameter& parameter) { return sum + parameter.count; });
}

double forward_flop(const Layer& layer) {
  if (layer.kind == LayerKind::convolution)
    return 2.0 * static_cast<double>(layer.out.count()) * layer.in.channels * layer.kernel * layer.kernel;
  if (layer.kind == LayerKind::dense)
    return 2.0 * static_cast<double>(layer.out.count()) * static_cast<double>(layer.in.count());
  return 0;
}

double forward_flop(const Model& model) {
  double flop = 0;
  for (const Layer& layer : model.layers) flop += forward_flop(layer);
  return flop;
}

std::string_view to_string(LayerKind kind) {
  switch (kind) {
    case LayerKind::convolution: return "convolution";
    case LayerKind::batch_norm: return "batch_norm";
    case LayerKind::relu: return "relu";
    case LayerKind::max_pool: return "max_pool";
    case LayerKind::average_pool: return "average_pool";
    case LayerKind::add: return "add";
    case LayerKind::dense: return "dense";
  }
  throw std::logic_error("to_string: not a layer");
}

}  // namespace ringtrue
