// How fast ResNet-50 is trained at batch 1 by one core, and how near that is to what its primitives need alone and to
// what the core can do. Rates and ratios are of processor time, so that other work on the machine does least harm.
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <oneapi/dnnl/dnnl.h>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/clock.hpp"
#include "bench/training/arena.hpp"
#include "bench/training/network.hpp"
#include "bench/training/one_thread.hpp"
#include "bench/training/sgd.hpp"
#include "bench/training/thread_time.hpp"

namespace {

using namespace ringtrue;  // NOLINT(google-build-using-namespace): the benchmarks are about nothing else

Model resnet50() { return read_model(RINGTRUE_SOURCE_DIR "/experiment/models/resnet50.json"); }

/// Of convolutions and the dense layer: forward, and twice that backward but for the images' gradient.
double step_flop(const Model& model) {
  const Layer& first = model.layers.front();
  const double not_made =
      2.0 * static_cast<double>(first.out.count()) * first.in.channels * first.kernel * first.kernel;
  return 3 * forward_flop(model) - not_made;
}

double milliseconds(Seconds time) { return time.count() * 1e3; }

Seconds median(std::vector<Seconds> times) {
  std::ranges::sort(times);
  return times[times.size() / 2];
}

/// Processor time of the update alone.
Seconds time_update(Network& network, std::span<float> velocity) {
  std::vector<Seconds> times;
  for (int i = 0; i < 5; ++i) {
    const Seconds begin = thread_time();
    update(network.parameters(), network.gradients(), velocity, {.rate = 0});
    times.push_back(thread_time() - begin);
  }
  return median(times);
}

void training_step(benchmark::State& state) {
  const Model model = resnet50();
  Network network(model, 1, make_buckets(model, {}), 1);
  const Arena arena(network.parameters().size());
  const std::span<float> velocity = arena.all();
  std::vector<Seconds> forward, backward, updates, inside, steps, processor;
  std::int64_t image = 0;
  for ([[maybe_unused]] auto iteration : state) {
    state.PauseTiming();
    network.load(image++);
    state.ResumeTiming();
    const Seconds begin = now(), begin_processor = thread_time();
    benchmark::DoNotOptimize(network.forward());
    network.backward(1, [](int) {});
    const Seconds passed = now();
    update(network.parameters(), network.gradients(), velocity, {.rate = 1e-4F});
    updates.push_back(now() - passed);
    steps.push_back(now() - begin);
    processor.push_back(thread_time() - begin_processor);
    forward.push_back(network.forward_times().whole);
    backward.push_back(network.backward_times().whole);
    inside.push_back(network.primitives_time());
  }
  const Seconds alone = network.primitives_alone(5) + time_update(network, velocity);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["forward_ms"] = milliseconds(median(forward));
  state.counters["backward_ms"] = milliseconds(median(backward));
  state.counters["update_ms"] = milliseconds(median(updates));
  state.counters["step_ms"] = milliseconds(median(steps));
  state.counters["inside_primitives"] = median(inside) / median(steps);
  state.counters["step_processor_ms"] = milliseconds(median(processor));
  state.counters["step_over_alone"] = median(processor) / alone;
  state.counters["GFLOP_per_s"] = step_flop(model) / median(processor).count() * 1e-9;
  state.counters["arenas_MiB"] = static_cast<double>(network.memory().count >> 20);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

/// The core's own peak, as far as oneDNN reaches it.
void matrix_product(benchmark::State& state) {
  use_one_thread();
  constexpr std::int64_t n = 2048;
  const std::vector<float> a(n * n, 1.0F), b(n * n, 0.5F);
  std::vector<float> c(n * n);
  for ([[maybe_unused]] auto iteration : state) {
    dnnl_sgemm('N', 'N', n, n, n, 1.0F, a.data(), n, b.data(), n, 0.0F, c.data(), n);
    benchmark::DoNotOptimize(c.data());
  }
  constexpr double flop = 2.0 * n * n * n;
  state.counters["GFLOP_per_s"] = benchmark::Counter(flop * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK(matrix_product)->Unit(benchmark::kMillisecond);
BENCHMARK(training_step)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(20);
BENCHMARK_MAIN();
