#include "bench/training/images.hpp"

#include <array>
#include <cassert>

#include "bench/training/random.hpp"

namespace ringtrue {
namespace {

constexpr int tiles = 4;  ///< Along one side. Coarse, so that pooling over the image does not wipe a pattern out.
constexpr float noise = 0.5F;
constexpr std::uint64_t patterns = 1, noises = 2;  ///< Seeds.

using Tiles = std::array<float, std::size_t{tiles} * tiles>;

Tiles tiles_of(int label, int channel) {
  SplitMix64 random(seed_of(seed_of(patterns, static_cast<std::uint64_t>(label)), static_cast<std::uint64_t>(channel)));
  Tiles values{};
  for (float& value : values) value = random.uniform();
  return values;
}

void write_channel(const Tiles& pattern, const Shape& shape, SplitMix64& random, std::span<float> pixels) {
  std::size_t pixel = 0;
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x) {
      const int row = y * tiles / shape.height, column = x * tiles / shape.width;
      pixels[pixel++] =
          pattern[static_cast<std::size_t>(row) * tiles + static_cast<std::size_t>(column)] + noise * random.uniform();
    }
}

}  // namespace

int label_of(std::int64_t image, int classes) { return static_cast<int>(image % classes); }

void write_image(std::int64_t image, const Shape& shape, int classes, std::span<float> pixels) {
  assert(image >= 0 && static_cast<std::int64_t>(pixels.size()) == shape.count());
  SplitMix64 random(seed_of(noises, static_cast<std::uint64_t>(image)));
  const std::size_t count = pixels.size() / static_cast<std::size_t>(shape.channels);
  for (int channel = 0; channel < shape.channels; ++channel)
    write_channel(tiles_of(label_of(image, classes), channel), shape, random,
                  pixels.subspan(static_cast<std::size_t>(channel) * count, count));
}

}  // namespace ringtrue
