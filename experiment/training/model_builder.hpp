#pragma once

#include <string>
#include <utility>

#include "experiment/training/model.hpp"

namespace ringtrue {

/// How a convolution or a pool walks over an image.
struct Window2d {
  int kernel = 1, stride = 1, padding = 0;
};

/// Appends layers to a model, each on the output of the one before, with the shapes that follow. Throws Error, opened
/// by `where`, if a shape does not fit or a name is taken.
class ModelBuilder {
 public:
  /// `model` has its name, images and classes; it must outlive the builder.
  ModelBuilder(Model& model, std::string where) : model_(model), where_(std::move(where)) {}

  void add_convolution(const std::string& name, int channels, Window2d window);
  void add_batch_norm(const std::string& name, bool relu);
  void add_relu(const std::string& name);
  void add_max_pool(const std::string& name, Window2d window);
  void add_average_pool(const std::string& name);
  void add_dense(const std::string& name, int outputs, bool relu);
  /// ResNet v1's blocks: the stride is the first convolution's; where the shape changes, the shortcut has a convolution
  /// of its own. Source: He et al., arXiv 1512.03385, figure 5 and table 1.
  void add_bottleneck(const std::string& name, int channels, int stride);
  void add_basic_block(const std::string& name, int channels, int stride);

 private:
  Layer next(const std::string& name, LayerKind kind) const;
  void append(Layer layer);
  int last() const { return static_cast<int>(model_.layers.size()) - 1; }
  void add_normalized(const std::string& name, int channels, Window2d window, bool relu);
  /// Adds what the block made to its input, `from`, brought to the same shape by a convolution of `stride` if need be.
  void close_block(const std::string& name, int from, int stride);
  Shape shape_of(int layer) const;

  Model& model_;
  std::string where_;
  int input_ = from_images;
};

}  // namespace ringtrue
