#include "bench/training/arena_layout.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "experiment/error.hpp"

namespace ringtrue {

ArenaLayout lay_out(const std::vector<Parameter>& parameters, const std::vector<Bucket>& buckets) {
  ArenaLayout layout{.parameters = std::vector<Stretch>(parameters.size()), .buckets = {}, .count = 0};
  std::vector<int> seen(parameters.size());
  for (const Bucket& bucket : buckets) {
    const std::size_t begin = layout.count;
    for (const int index : bucket.parameters) {
      const auto i = static_cast<std::size_t>(index);
      if (index < 0 || i >= parameters.size())
        throw Error(fmt::format("buckets: parameter {}; the model has {}", index, parameters.size()));
      layout.parameters[i] = {.begin = layout.count, .count = static_cast<std::size_t>(parameters[i].count)};
      layout.count += layout.parameters[i].count;
      ++seen[i];
    }
    layout.buckets.push_back({.begin = begin, .count = layout.count - begin});
  }
  if (const auto wrong = std::ranges::find_if(seen, [](int times) { return times != 1; }); wrong != seen.end())
    throw Error(fmt::format("buckets: they hold parameter {} {} times; each belongs into exactly one bucket",
                            wrong - seen.begin(), *wrong));
  return layout;
}

}  // namespace ringtrue
