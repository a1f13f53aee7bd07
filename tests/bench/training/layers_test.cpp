// Each kind of layer, forward and backward, against plain loops in double precision.
#include <catch2/catch.hpp>

#include "bench/training/network.hpp"
#include "tests/bench/training/models.hpp"
#include "tests/bench/training/naive_network.hpp"

namespace ringtrue {
namespace {

using testing::model_of;
using testing::naive_step;
using testing::NaiveStep;
using testing::ordinary_parameters;

/// Largest difference of a tensor's gradients, relative to the largest of them.
double worst_error(std::span<const float> found, std::span<const double> wanted) {
  double largest = 1e-6, difference = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(wanted[i]));
    difference = std::max(difference, std::abs(static_cast<double>(found[i]) - wanted[i]));
  }
  return difference / largest;
}

void check_as_naive(const Model& model, int batch) {
  constexpr std::int64_t first_image = 3;
  constexpr float scale = 0.25F;
  Network network(model, batch, make_buckets(model, {}), 1);
  network.set_plain_parameters(ordinary_parameters(model, 7));
  network.load(first_image);
  const double loss = network.forward();
  network.backward(scale, [](int) {});
  const NaiveStep naive =
      naive_step(model, ordinary_parameters(model, 7), first_image, batch, static_cast<double>(scale));
  CHECK_THAT(loss, Catch::WithinRel(naive.loss, 1e-4));
  const std::vector<float> gradients = network.plain_gradients();
  std::size_t begin = 0;
  for (const Parameter& parameter : parameters_of(model)) {
    const auto count = static_cast<std::size_t>(parameter.count);
    INFO("layer " << model.layers[static_cast<std::size_t>(parameter.layer)].name << ", parameter kind "
                  << static_cast<int>(parameter.kind));
    CHECK(worst_error(std::span(gradients).subspan(begin, count), std::span(naive.gradients).subspan(begin, count)) <
          2e-4);
    begin += count;
  }
}

TEST_CASE("convolutions of odd sizes, strides, paddings and channels") {
  struct Case {
    Shape images;
    int middle, channels;
    Window2d window;
    int batch;
  };
  // A first convolution, of the images' channels, is there so that the second has to make the gradient of its input.
  const Case c = GENERATE(values<Case>({
      {{3, 9, 7}, 8, 16, {.kernel = 3, .stride = 1, .padding = 1}, 2},
      {{1, 11, 11}, 16, 24, {.kernel = 3, .stride = 2, .padding = 1}, 1},
      {{3, 8, 8}, 16, 8, {.kernel = 1, .stride = 1, .padding = 0}, 3},
      {{3, 9, 9}, 16, 32, {.kernel = 1, .stride = 2, .padding = 0}, 2},
      {{2, 7, 5}, 5, 3, {.kernel = 3, .stride = 1, .padding = 0}, 2},
      {{5, 12, 13}, 13, 10, {.kernel = 5, .stride = 3, .padding = 2}, 1},
      {{9, 6, 6}, 12, 20, {.kernel = 1, .stride = 1, .padding = 0}, 2},
      {{4, 10, 9}, 8, 7, {.kernel = 2, .stride = 2, .padding = 1}, 2},
  }));
  check_as_naive(model_of(c.images, 5,
                          [&](ModelBuilder& b) {
                            b.add_convolution("first", c.middle, {.kernel = 3, .stride = 1, .padding = 1});
                            b.add_convolution("second", c.channels, c.window);
                          }),
                 c.batch);
}

TEST_CASE("the first convolution of ResNet") {
  check_as_naive(
      model_of({3, 18, 18}, 4,
               [](ModelBuilder& b) { b.add_convolution("c", 16, {.kernel = 7, .stride = 2, .padding = 3}); }),
      2);
}

TEST_CASE("batch norm with and without rectifier, behind a convolution and on the images") {
  const int channels = GENERATE(8, 13, 16);
  const bool relu = GENERATE(false, true);
  check_as_naive(model_of({3, 6, 5}, 4,
                          [&](ModelBuilder& b) {
                            b.add_batch_norm("first", relu);
                            b.add_convolution("c", channels, {.kernel = 3, .padding = 1});
                            b.add_batch_norm("second", relu);
                          }),
                 3);
}

TEST_CASE("rectifiers, with and without need of a gradient") {
  const int channels = GENERATE(6, 16);
  check_as_naive(model_of({2, 5, 6}, 3,
                          [&](ModelBuilder& b) {
                            b.add_relu("images");
                            b.add_convolution("c", channels, {.kernel = 3});
                            b.add_relu("r");
                            b.add_convolution("d", 8, {.kernel = 2});
                          }),
                 2);
}

TEST_CASE("max pools: the first of equals takes the gradient, padding is never largest") {
  const auto window = GENERATE(Window2d{2, 2, 0}, Window2d{3, 2, 1}, Window2d{3, 1, 1}, Window2d{3, 3, 0});
  const int channels = GENERATE(8, 11);
  check_as_naive(model_of({2, 9, 7}, 3,
                          [&](ModelBuilder& b) {
                            b.add_max_pool("images", {2, 1, 0});
                            b.add_convolution("c", channels, {.kernel = 3, .padding = 1});
                            b.add_relu("equal_zeros");
                            b.add_max_pool("p", window);
                          }),
                 2);
}

TEST_CASE("average pool over the image") {
  const int channels = GENERATE(5, 16);
  check_as_naive(model_of({2, 7, 6}, 3,
                          [&](ModelBuilder& b) {
                            b.add_convolution("c", channels, {.kernel = 3});
                            b.add_average_pool("p");
                          }),
                 2);
}

TEST_CASE("dense layers, of images, of what a convolution made, of one another") {
  const int batch = GENERATE(1, 4);
  check_as_naive(model_of({3, 4, 5}, 10,
                          [](ModelBuilder& b) {
                            b.add_dense("a", 33, true);
                            b.add_dense("b", 16, true);
                          }),
                 batch);
  check_as_naive(model_of({1, 5, 5}, 10,
                          [](ModelBuilder& b) {
                            b.add_convolution("c", 12, {.kernel = 3});
                            b.add_dense("d", 7, false);
                            b.add_relu("r");
                          }),
                 batch);
}

TEST_CASE("residual blocks: gradients add up where the data forked") {
  const int channels = GENERATE(3, 8, 16);
  check_as_naive(model_of({3, 8, 8}, 4, [&](ModelBuilder& b) { b.add_basic_block("images_block", channels, 1); }), 2);
  check_as_naive(model_of({3, 9, 8}, 4,
                          [&](ModelBuilder& b) {
                            b.add_convolution("c", channels, {.kernel = 3, .padding = 1});
                            b.add_relu("r");
                            b.add_basic_block("a", channels, 1);
                            b.add_basic_block("b", 2 * channels, 2);
                            b.add_average_pool("p");
                          }),
                 2);
  check_as_naive(model_of({3, 8, 8}, 4,
                          [&](ModelBuilder& b) {
                            b.add_bottleneck("a", channels, 2);
                            b.add_bottleneck("b", channels, 1);
                          }),
                 3);
}

TEST_CASE("a sum of a layer with itself has twice its gradient") {
  Model model = model_of({2, 4, 4}, 3, [](ModelBuilder& b) {
    b.add_convolution("c", 8, {.kernel = 3});
    b.add_relu("sum");
  });
  Layer& sum = model.layers[1];
  sum.kind = LayerKind::add;
  sum.other = sum.input;
  check_as_naive(model, 2);
}

}  // namespace
}  // namespace ringtrue
