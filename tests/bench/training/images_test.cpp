#include "bench/training/images.hpp"

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "bench/training/random.hpp"

namespace ringtrue {
namespace {

constexpr Shape shape{2, 9, 7};

std::vector<float> image(std::int64_t index) {
  std::vector<float> pixels(static_cast<std::size_t>(shape.count()));
  write_image(index, shape, 5, pixels);
  return pixels;
}

double distance(const std::vector<float>& one, const std::vector<float>& other) {
  double sum = 0;
  for (std::size_t i = 0; i < one.size(); ++i) sum += static_cast<double>((one[i] - other[i]) * (one[i] - other[i]));
  return sum;
}

TEST_CASE("all classes are equally often") {
  std::vector<int> seen(5);
  for (int i = 0; i < 35; ++i) ++seen[static_cast<std::size_t>(label_of(1'000'000'000'000 + i, 5))];
  CHECK(seen == std::vector<int>(5, 7));
}

TEST_CASE("images of a class are alike but not the same") {
  CHECK(image(7) == image(7));
  CHECK(image(7) != image(12));
  CHECK(distance(image(7), image(12)) < distance(image(7), image(8)));
  CHECK(std::ranges::all_of(image(3), [](float value) { return value >= -1.5F && value < 1.5F; }));
}

TEST_CASE("random numbers are those of the published algorithm") {
  // First outputs of Vigna's splitmix64.c for the seed 1234567, as Rosetta Code lists them.
  SplitMix64 random(1234567);
  CHECK(random.next() == 6457827717110365317U);
  CHECK(random.next() == 3203168211198807973U);
}

}  // namespace
}  // namespace ringtrue
