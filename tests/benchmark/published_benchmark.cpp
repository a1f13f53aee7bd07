// The whole published comparison: every source, every model, as ci/judge.sh makes it.
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "sim/published/crossvalidate.hpp"
#include "validate/compare.hpp"

namespace {

using namespace ringtrue;  // NOLINT(google-build-using-namespace)

const std::filesystem::path source_dir = RINGTRUE_SOURCE_DIR;

std::vector<std::string> published_paths() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_dir / "validate/published"))
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  return paths;
}

PlatformFile platform(const char* name) { return read_platform_file(source_dir / "sim/platforms" / name); }

/// Predictions and comparison, without reading files and without refits.
void compare_published(benchmark::State& state) {
  Inputs inputs;
  for (const std::string& path : published_paths()) inputs.published.push_back(read_published(path));
  const std::vector<Reference> references = read_references(published_paths());
  const std::vector<PlatformFile> ours{platform("hgx_h100.json"), platform("hpe_v100.json")};
  const std::vector<PlatformFile> others{platform("hgx_h100_others.json")};
  for (const Fold by : {Fold::scale, Fold::source, Fold::size})
    inputs.simulated.push_back(crossvalidate(references, ours, by));
  const std::size_t folds = inputs.simulated.size();
  std::size_t pairs = 0;
  for ([[maybe_unused]] auto iteration : state) {
    inputs.simulated.resize(folds);
    inputs.simulated.push_back(simulate_references(references, ours));
    inputs.simulated.push_back(simulate_references(references, others));
    pairs = compare(inputs).pairs.size();
  }
  state.counters["pairs"] = static_cast<double>(pairs);
}
BENCHMARK(compare_published)->Unit(benchmark::kMillisecond);

void crossvalidate_published(benchmark::State& state) {
  const std::vector<Reference> references = read_references(published_paths());
  const std::vector<PlatformFile> ours{platform("hgx_h100.json"), platform("hpe_v100.json")};
  const auto by = static_cast<Fold>(state.range(0));
  for ([[maybe_unused]] auto iteration : state) benchmark::DoNotOptimize(crossvalidate(references, ours, by));
}
BENCHMARK(crossvalidate_published)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
