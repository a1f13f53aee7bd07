#include "experiment/training/buckets.hpp"

#include <algorithm>
#include <numeric>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

Model resnet50() { return read_model(RINGTRUE_SOURCE_DIR "/experiment/models/resnet50.json"); }

TEST_CASE("every gradient is in exactly one bucket, in the order of backward") {
  const Model model = resnet50();
  const Bucketing bucketing =
      GENERATE(Bucketing{}, Bucketing{BucketRule::capped, 1_B, 1_B}, Bucketing{BucketRule::capped, 4_MiB, 8_MiB},
               Bucketing{BucketRule::per_layer, {}, {}}, Bucketing{BucketRule::one, {}, {}});
  const std::vector<Bucket> buckets = make_buckets(model, bucketing);
  const std::vector<Parameter> parameters = parameters_of(model);
  std::vector<int> all;
  for (const Bucket& bucket : buckets) {
    Bytes bytes;
    for (const int i : bucket.parameters) {
      bytes = bytes + Bytes{4 * parameters[static_cast<std::size_t>(i)].count};
      CHECK(parameters[static_cast<std::size_t>(i)].layer >= bucket.last_layer);
    }
    CHECK(bytes == bucket.bytes);
    all.insert(all.end(), bucket.parameters.begin(), bucket.parameters.end());
  }
  std::vector<int> reverse(parameters.size());
  std::iota(reverse.rbegin(), reverse.rend(), 0);
  CHECK(all == reverse);
}

TEST_CASE("PyTorch's buckets of ResNet-50") {
  // A bucket is closed by the gradient that reaches its limit: bias and weights of `fc`, 4,000 + 8,192,000 B, are
  // beyond 1 MiB at once.
  const std::vector<Bucket> buckets = make_buckets(resnet50(), {});
  REQUIRE(buckets.size() == 5);
  CHECK(buckets.front().bytes == Bytes{8'196'000});
  CHECK(
      std::all_of(buckets.begin() + 1, buckets.end() - 1, [](const Bucket& bucket) { return bucket.bytes >= 25_MiB; }));
  CHECK(buckets.back().last_layer == 0);
}

TEST_CASE("one bucket for each layer with parameters, or one for all") {
  const Model model = resnet50();
  // 53 convolutions, 53 batch norms, one dense layer.
  CHECK(make_buckets(model, {BucketRule::per_layer, {}, {}}).size() == 107);
  const std::vector<Bucket> one = make_buckets(model, {BucketRule::one, {}, {}});
  REQUIRE(one.size() == 1);
  CHECK(one.front().bytes == Bytes{4 * 25'557'032});
}

}  // namespace
}  // namespace ringtrue
