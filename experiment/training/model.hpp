#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/units.hpp"

namespace ringtrue {

enum class LayerKind { convolution, batch_norm, relu, max_pool, average_pool, add, dense };

/// What one image becomes: channels x height x width values. Behind a dense layer height and width are 1.
struct Shape {
  int channels = 0, height = 0, width = 0;
  std::int64_t count() const { return std::int64_t{channels} * height * width; }
  bool operator==(const Shape&) const = default;
};

/// Layers take the output of an earlier layer by its index, or the images themselves.
inline constexpr int from_images = -1;

/// One layer, square kernels. Convolutions have no bias (batch norm follows them), a dense layer has one and sees its
/// input flattened; an average pool takes the mean of each channel. `relu` of a batch norm, an add or a dense layer:
/// it ends with a rectifier.
struct Layer {
  std::string name;
  LayerKind kind = LayerKind::relu;
  int input = from_images;
  int other = from_images;  ///< Second summand of an add.
  int kernel = 1, stride = 1, padding = 0;
  bool relu = false;
  Shape in, out;
  bool operator==(const Layer&) const = default;
};

/// What is trained: layers in an order in which each comes after its inputs. The last one's outputs are the scores of
/// the classes, and the loss is their softmax cross-entropy.
struct Model {
  std::string name;
  std::string hash;  ///< content_hash of the file.
  Shape images;
  int classes = 0;
  std::vector<Layer> layers;
};

enum class ParameterKind { weights, bias, scale, shift };

/// One tensor that is trained: weights of convolutions (out x in x kernel x kernel) and dense layers (out x in), bias
/// of dense layers, scale and shift of batch norms.
struct Parameter {
  int layer = 0;
  ParameterKind kind = ParameterKind::weights;
  std::int64_t count = 0;
  bool operator==(const Parameter&) const = default;
};

/// Reads JSON such as experiment/models/resnet50.json; experiment/models/README.md explains the keys. Throws Error for
/// an unknown layer, shapes that do not chain, or more than 2^31 parameters.
Model read_model(const std::filesystem::path& path);
Model parse_model(const std::string& text, const std::string& where);

/// In the order of the layers; within a layer weights, bias or scale, shift.
std::vector<Parameter> parameters_of(const Model& model);
std::int64_t parameter_count(const Model& model);

/// Multiplications and additions (two each) of the convolutions and dense layers, forward, for one image. Backward
/// takes twice as many, but for the first layer, which needs no gradient of the images.
double forward_flop(const Model& model);
double forward_flop(const Layer& layer);

std::string_view to_string(LayerKind kind);

}  // namespace ringtrue
