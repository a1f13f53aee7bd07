#include "experiment/training/model.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

Model model_of(const std::string& layers) {
  return parse_model(
      R"({"name": "m", "images": {"channels": 3, "height": 8, "width": 8}, "classes": 10, "layers": [)" + layers + "]}",
      "m.json");
}

const Layer& named(const Model& model, const std::string& name) {
  return *std::ranges::find_if(model.layers, [&](const Layer& layer) { return layer.name == name; });
}

TEST_CASE("ResNet-50 is what He et al. describe") {
  const Model model = read_model(RINGTRUE_SOURCE_DIR "/experiment/models/resnet50.json");
  CHECK(parameter_count(model) == 25'557'032);
  // 3.86e9 multiplications and additions, the number of torchvision's v1 (its 4.09e9 is v1.5's), two operations each.
  CHECK(forward_flop(model) / 2 == Approx(3.86e9).epsilon(0.005));
  CHECK(std::ranges::count(model.layers, LayerKind::convolution, &Layer::kind) == 53);
  CHECK(named(model, "conv1").out == Shape{64, 112, 112});
  CHECK(named(model, "conv2.1.add").out == Shape{256, 56, 56});
  CHECK(named(model, "conv5.3.add").out == Shape{2048, 7, 7});
  CHECK(named(model, "conv3.1.a").stride == 2);
  CHECK(named(model, "conv3.1.b").stride == 1);
  CHECK(named(model, "conv3.2.a").stride == 1);
}

TEST_CASE("a block's shortcut is the block's input, through a convolution where the shape changes") {
  const Model model = model_of(R"({"layer": "convolution", "name": "c", "channels": 16},
    {"layer": "basic_block", "name": "same", "channels": 16}, {"layer": "basic_block", "name": "half", "channels": 16, "stride": 2},
    {"layer": "dense", "name": "fc", "outputs": 10})");
  const auto at = [&](const std::string& name) { return static_cast<int>(&named(model, name) - model.layers.data()); };
  CHECK(named(model, "same.add").other == at("c"));
  CHECK(named(model, "same.add").input == at("same.b.norm"));
  CHECK(named(model, "half.shortcut").input == at("same.add"));
  CHECK(named(model, "half.add").other == at("half.shortcut.norm"));
  CHECK(named(model, "half.add").out == Shape{16, 4, 4});
  CHECK(named(model, "half.a").input == at("same.add"));
}

TEST_CASE("parameters of each layer") {
  const Model model = model_of(R"({"layer": "convolution", "name": "c", "channels": 4, "kernel": 3, "padding": 1},
    {"layer": "batch_norm", "name": "n", "relu": true}, {"layer": "max_pool", "name": "p", "stride": 2},
    {"layer": "dense", "name": "fc", "outputs": 10})");
  // 4 x 3 x 3 x 3 weights; scale and shift of 4 channels; 4 x 4 x 4 inputs to 10 outputs, and 10 biases.
  CHECK(parameters_of(model) == std::vector<Parameter>{{0, ParameterKind::weights, 108},
                                                       {1, ParameterKind::scale, 4},
                                                       {1, ParameterKind::shift, 4},
                                                       {3, ParameterKind::weights, 640},
                                                       {3, ParameterKind::bias, 10}});
  // 4 x 8 x 8 outputs of 27 products each, 10 of 64; two operations a product.
  CHECK(forward_flop(model) == 2 * (256 * 27 + 640));
}

TEST_CASE("what does not chain is refused, with the layer and what it found") {
  const auto [layers, message] = GENERATE(table<std::string, std::string>({
      {R"({"layer": "conv", "name": "c"})", "m.json/layers/0"},
      {R"({"layer": "convolution", "name": "c", "channels": 4, "kernel": 9})",
       "layer 'c' (convolution, input 3 x 8 x 8): a window of 9 with padding 0 does not fit into it"},
      {R"({"layer": "convolution", "name": "c", "channels": 4, "kernel": 3, "padding": 3})",
       "padding 3 is not below the kernel 3"},
      {R"({"layer": "relu", "name": "a"}, {"layer": "relu", "name": "a"})", "the name is taken"},
      {R"({"layer": "relu", "name": "a b"})", "one word"},
      {R"({"layer": "relu", "name": "a", "channels": 3})", "channels"},
      {R"({"layer": "dense", "name": "fc", "outputs": 9})", "'fc', is dense with 9 outputs"},
      {R"({"layer": "dense", "name": "fc", "outputs": 10, "relu": true})", "without relu"},
      {R"({"layer": "dense", "name": "a", "outputs": 65536}, {"layer": "dense", "name": "b", "outputs": 65536},
          {"layer": "dense", "name": "fc", "outputs": 10})",
       "allowed are 2147483647"},
  }));
  CHECK_THROWS_WITH(model_of(layers), Contains(message));
}

}  // namespace
}  // namespace ringtrue
