#include <catch2/catch.hpp>

#include "bench/training/network.hpp"
#include "bench/training/training_memory.hpp"
#include "tests/bench/training/models.hpp"

namespace ringtrue {
namespace {

double estimate_error(const Model& model, int batch) {
  const Network network(model, batch, make_buckets(model, {}), 1);
  const Bytes velocity{4 * parameter_count(model)};
  const auto real = static_cast<double>((network.memory() + velocity).count);
  return static_cast<double>(training_memory(model, batch, 1).count) / real - 1;
}

Model model_file(const std::string& name) {
  return read_model(RINGTRUE_SOURCE_DIR "/experiment/models/" + name + ".json");
}

TEST_CASE("the estimate is within 15 % of what a network allocates") {
  const int batch = GENERATE(1, 32);
  CHECK(std::abs(estimate_error(model_file("small_resnet"), batch)) < 0.15);
  CHECK(std::abs(estimate_error(testing::model_of({1, 8, 8}, 10, [](ModelBuilder& b) { b.add_dense("d", 128, true); }),
                                batch)) < 0.15);
  CHECK(std::abs(estimate_error(testing::model_of({3, 32, 32}, 10,
                                                  [](ModelBuilder& b) {
                                                    b.add_convolution("c", 16, {.kernel = 3, .stride = 2});
                                                    b.add_relu("r");
                                                    b.add_max_pool("p", {3, 2, 1});
                                                    b.add_bottleneck("a", 16, 1);
                                                  }),
                                batch)) < 0.15);
}

TEST_CASE("velocity is sharded, the rest is not") {
  const Model model = model_file("resnet50");
  // A shard of four less is a quarter of 4 B x 25,557,032 parameters.
  const std::int64_t whole = training_memory(model, 1, 1).count, shard = training_memory(model, 1, 4).count;
  CHECK(whole - shard == 3 * 25'557'032);
  CHECK(training_memory(model, 1, 1) < 400_MiB);
  CHECK(training_memory(model, 8, 1) > training_memory(model, 4, 1));
}

TEST_CASE("a batch below 1 or beyond 32-bit counts is refused with what is allowed") {
  const Model model = model_file("resnet50");
  // The largest activation, of conv1, has 64 x 112 x 112 = 802,816 values an image: 2,674 images stay below 2^31.
  CHECK(largest_batch(model) == 2674);
  for (const int batch : {0, -1, 2675})
    CHECK_THROWS_WITH(training_memory(model, batch, 1), Catch::Contains("1 to 2674 images"));
  CHECK_THROWS_WITH(Network(model, 0, make_buckets(model, {}), 1), Catch::Contains("batch 0 for resnet50"));
}

}  // namespace
}  // namespace ringtrue
