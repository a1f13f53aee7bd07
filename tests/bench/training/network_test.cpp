#include "bench/training/network.hpp"

#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>

#include <catch2/catch.hpp>

#include "bench/training/sgd.hpp"
#include "experiment/error.hpp"
#include "tests/bench/training/models.hpp"

namespace ringtrue {
namespace {

using testing::model_of;

Model tiny_resnet() {
  return model_of({3, 16, 16}, 10, [](ModelBuilder& b) {
    b.add_convolution("c", 8, {.kernel = 3, .padding = 1});
    b.add_batch_norm("n", true);
    b.add_basic_block("a", 8, 1);
    b.add_basic_block("b", 16, 2);
    b.add_average_pool("p");
  });
}

Model tiny_mlp() {
  return model_of({1, 6, 6}, 4, [](ModelBuilder& b) {
    b.add_dense("a", 24, true);
    b.add_dense("b", 16, true);
  });
}

void nothing(int) {}

std::size_t threads_of_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST_CASE("the loss falls while it trains") {
  const Model model = tiny_resnet();
  Network network(model, 8, make_buckets(model, {}), 1);
  std::vector<float> velocity(network.parameters().size());
  double first = 0, last = 0;
  for (int step = 0; step < 30; ++step) {
    network.load(8 * step);
    last = network.forward();
    if (step == 0) first = last;
    network.backward(1.0F / 8, nothing);
    update(network.parameters(), network.gradients(), velocity, {.rate = 0.2F, .momentum = 0.9F});
  }
  CHECK_THAT(first, Catch::WithinAbs(std::log(10.0), 1.0));  // near what guessing costs
  CHECK(last < first / 2);
}

TEST_CASE("a gradient is the slope of the loss") {
  const Model model = tiny_resnet();
  Network network(model, 4, make_buckets(model, {}), 1);
  std::vector<float> parameters = testing::ordinary_parameters(model, 5);
  network.set_plain_parameters(parameters);
  network.forward();
  network.backward(1.0F / 4, nothing);
  const std::vector<float> gradients = network.plain_gradients();
  const auto loss_with = [&](std::size_t i, float value) {
    std::vector<float> moved = parameters;
    moved[i] = value;
    network.set_plain_parameters(moved);
    return network.forward();
  };
  // Along the last parameters, the biases of the scores, the loss is smooth; h = 1e-2 leaves h^2 and 1e-7 / h of error.
  constexpr float h = 1e-2F;
  for (std::size_t i = parameters.size() - 10; i < parameters.size(); ++i) {
    const double slope = (loss_with(i, parameters[i] + h) - loss_with(i, parameters[i] - h)) / (2 * h);
    CHECK_THAT(static_cast<double>(gradients[i]), Catch::WithinAbs(slope, 2e-4));
  }
}

TEST_CASE("p networks of batch b have, on average, the gradient of one of batch p x b") {
  const Model model = tiny_mlp();
  const std::vector<Bucket> buckets = make_buckets(model, {});
  constexpr int ranks = 3, batch = 2;
  Network whole(model, ranks * batch, buckets, 1);
  whole.load(12);
  double loss = whole.forward();
  whole.backward(1.0F / (ranks * batch), nothing);
  std::vector<double> sum(whole.gradients().size());
  for (int rank = 0; rank < ranks; ++rank) {
    Network part(model, batch, buckets, 1);
    part.load(12 + rank * batch);
    loss -= part.forward() / ranks;
    part.backward(1.0F / (ranks * batch), nothing);
    const std::vector<float> gradients = part.plain_gradients();
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(gradients[i]);
  }
  CHECK_THAT(loss, Catch::WithinAbs(0, 1e-6));
  const std::vector<float> gradients = whole.plain_gradients();
  for (std::size_t i = 0; i < sum.size(); ++i)
    REQUIRE_THAT(static_cast<double>(gradients[i]), Catch::WithinAbs(sum[i], 1e-6));
}

TEST_CASE("parameters follow from the seed, whatever the buckets and the batch") {
  const Model model = tiny_resnet();
  Network one(model, 1, make_buckets(model, {.rule = BucketRule::one}), 7);
  Network other(model, 3, make_buckets(model, {.rule = BucketRule::per_layer}), 7);
  const Network third(model, 1, make_buckets(model, {}), 8);
  CHECK(one.plain_parameters() == other.plain_parameters());
  CHECK(one.plain_parameters() != third.plain_parameters());
  std::vector<float> mine = testing::ordinary_parameters(model, 1);
  one.set_plain_parameters(mine);
  CHECK(one.plain_parameters() == mine);
}

TEST_CASE("buckets are neighbouring stretches of the arenas") {
  const Model model = tiny_resnet();
  const std::vector<Bucket> buckets = make_buckets(model, {BucketRule::capped, 100_B, 2_KiB});
  Network network(model, 1, buckets, 1);
  const float* parameters = network.parameters().data();
  const float* gradients = network.gradients().data();
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    CHECK(network.bucket_parameters(i).data() == parameters);
    CHECK(network.bucket_gradients(i).data() == gradients);
    CHECK(Bytes{static_cast<std::int64_t>(network.bucket_gradients(i).size_bytes())} == buckets[i].bytes);
    parameters += network.bucket_parameters(i).size();
    gradients += network.bucket_gradients(i).size();
  }
  CHECK(parameters == network.parameters().data() + network.parameters().size());
}

TEST_CASE("a bucket is complete once its last layer is done, and may be changed from then on") {
  const Model model = tiny_resnet();
  const std::vector<Bucket> buckets = make_buckets(model, {BucketRule::capped, 100_B, 2_KiB});
  Network network(model, 2, buckets, 1);
  network.set_plain_parameters(testing::ordinary_parameters(model, 2));
  network.forward();
  network.backward(1, nothing);
  const std::vector<float> wanted(network.gradients().begin(), network.gradients().end());
  std::ranges::fill(network.gradients(), std::numeric_limits<float>::quiet_NaN());
  std::vector<float> seen;
  std::vector<int> done;
  network.forward();
  network.backward(1, [&](int layer) {
    done.push_back(layer);
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      if (buckets[i].last_layer != layer) continue;
      const std::span<float> bucket = network.bucket_gradients(i);
      seen.insert(seen.end(), bucket.begin(), bucket.end());
      std::ranges::fill(bucket, 0.0F);
    }
  });
  CHECK(seen == wanted);
  std::ranges::reverse(done);
  for (std::size_t i = 0; i < model.layers.size(); ++i) CHECK(done.at(i) == static_cast<int>(i));
  CHECK(std::ranges::all_of(network.gradients(), [](float value) { return value == 0; }));
}

TEST_CASE("an image is the same in whatever batch") {
  const Model model = tiny_mlp();
  Network four(model, 4, make_buckets(model, {}), 1), one(model, 1, make_buckets(model, {}), 1);
  four.load(8);
  double sum = 0;
  for (int i = 0; i < 4; ++i) {
    one.load(8 + i);
    sum += one.forward();
  }
  CHECK_THAT(four.forward(), Catch::WithinAbs(sum / 4, 1e-5));
}

TEST_CASE("times add up, without what layer_done takes") {
  const Model model = tiny_resnet();
  Network network(model, 2, make_buckets(model, {}), 1);
  network.forward();
  network.backward(1, [](int) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); });
  for (const PassTimes* times : {&network.forward_times(), &network.backward_times()}) {
    REQUIRE(times->layers.size() == model.layers.size());
    Seconds sum = times->loss;
    for (const Seconds time : times->layers) sum += time;
    CHECK(sum <= times->whole);
  }
  const Seconds both = network.forward_times().whole + network.backward_times().whole;
  CHECK(network.primitives_time() > Seconds{});
  CHECK(network.primitives_time() < both);
}

TEST_CASE("one thread works, in whichever it is called") {
  const Model model = tiny_resnet();
  Network network(model, 4, make_buckets(model, {}), 1);
  const std::size_t before = threads_of_process();
  network.forward();
  network.backward(1, nothing);
  CHECK(threads_of_process() == before);
  std::size_t with_another = 0;
  std::thread([&] {
    network.forward();
    network.backward(1, nothing);
    with_another = threads_of_process();
  }).join();
  CHECK(with_another == before + 1);
}

TEST_CASE("the first layer that is not finite is named") {
  const Model model = tiny_resnet();
  Network network(model, 2, make_buckets(model, {}), 1);
  network.forward();
  CHECK(network.first_not_finite() == "loss");
  std::vector<float> parameters = network.plain_parameters();
  parameters.back() = std::numeric_limits<float>::infinity();  // the last bias
  network.set_plain_parameters(parameters);
  CHECK_FALSE(std::isfinite(network.forward()));
  CHECK(network.first_not_finite() == "scores");
  // Behind the first convolution's 3 x 8 x 9 weights and its batch norm's 2 x 8 values are those of a.a; the rectifier
  // that follows hides a NaN, but not from this search.
  parameters[3 * 8 * 9 + 2 * 8] = std::numeric_limits<float>::quiet_NaN();
  network.set_plain_parameters(parameters);
  CHECK(network.first_not_finite() == "a.a");
}

TEST_CASE("what oneDNN refuses is an error with the layer's name") {
  Model model = tiny_resnet();
  model.layers[2].padding = 5;  // of a.a; its output was made for 1
  CHECK_THROWS_WITH(Network(model, 2, make_buckets(model, {}), 1),
                    Catch::Contains("layer 'a.a' (convolution) of test"));
}

TEST_CASE("buckets that are not the model's are refused") {
  const Model model = tiny_mlp();
  std::vector<Bucket> buckets = make_buckets(model, {});
  buckets.back().parameters.push_back(99);
  CHECK_THROWS_WITH(Network(model, 1, buckets, 1), Catch::Contains("parameter 99; the model has 6"));
  buckets.back().parameters.back() = 1;
  CHECK_THROWS_WITH(Network(model, 1, buckets, 1), Catch::Contains("parameter 1 2 times"));
  CHECK_THROWS_AS(Network(model, 1, {}, 1), Error);
}

}  // namespace
}  // namespace ringtrue
