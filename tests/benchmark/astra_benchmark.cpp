// How fast the simulator reproduces ASTRA-sim. The comments give ASTRA-sim's own time for the same run (master of
// 2026-03, one core of a machine of the same kind, one run each).
#include <sys/resource.h>

#include <benchmark/benchmark.h>

#include "sim/astra/engine/simulation.hpp"
#include "sim/astra/files/text_workload.hpp"
#include "sim/astra/simulate.hpp"
#include "tests/sim/astra/cases.hpp"

namespace {

using namespace ringtrue::astra;  // NOLINT(google-build-using-namespace): the benchmarks are about nothing else
using ringtrue::Collective;
using ringtrue::astra::testing::hgx_h100;
using ringtrue::astra::testing::ring_4chunks;

void report_memory(benchmark::State& state) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

/// 1 MiB all-reduce in 4 chunks, one after the other, every rank simulated. ASTRA-sim: 256 1.04 s, 1,024 27.8 s and 357
/// MB, 2,048 181 s and 1.37 GB.
void ring_by_events(benchmark::State& state) {
  const Configuration configuration = ring_4chunks(Topology::ring, static_cast<int>(state.range(0)));
  const Workload workload = single_collective(Collective::all_reduce, 1 << 20);
  std::uint64_t messages = 0;
  for ([[maybe_unused]] auto iteration : state) {
    Simulation simulation(configuration, workload, false);
    benchmark::DoNotOptimize(simulation.run());
    messages = simulation.messages();
  }
  state.counters["messages_per_s"] =
      benchmark::Counter(static_cast<double>(messages), benchmark::Counter::kIsIterationInvariantRate);
  report_memory(state);
}

/// The same as a user gets it: one rank stands for all.
void ring_symmetric(benchmark::State& state) {
  const Configuration configuration = ring_4chunks(Topology::ring, static_cast<int>(state.range(0)));
  const Workload workload = single_collective(Collective::all_reduce, 1 << 20);
  for ([[maybe_unused]] auto iteration : state)
    benchmark::DoNotOptimize(simulate(configuration, workload, Path::symmetric));
  report_memory(state);
}

Workload resnet50() {
  const std::string path = RINGTRUE_SOURCE_DIR "/sim/astra/replications/resnet50_data_parallel.txt";
  Workload workload;
  workload.graphs.push_back(
      text_graph(read_text_workload(path), {.order = TextOrder::serial_chain, .cycles_as_microseconds = true}, path));
  return workload;
}

/// 54 all-reduces on the HGX-H100 switch. ASTRA-sim: 64 NPUs 3.9 s, 256 NPUs 95.6 s (28 million messages).
void resnet50_on_switch(benchmark::State& state) {
  const Configuration configuration = hgx_h100(static_cast<int>(state.range(0)));
  const Workload workload = resnet50();
  for ([[maybe_unused]] auto iteration : state) benchmark::DoNotOptimize(simulate(configuration, workload));
  report_memory(state);
}

void resnet50_by_events(benchmark::State& state) {
  const Configuration configuration = hgx_h100(static_cast<int>(state.range(0)));
  const Workload workload = resnet50();
  for ([[maybe_unused]] auto iteration : state)
    benchmark::DoNotOptimize(simulate(configuration, workload, Path::event));
  report_memory(state);
}

/// 2, 4 and 8 NPUs x 29 sizes from 8 B to 2 GiB.
void sweep(benchmark::State& state) {
  for ([[maybe_unused]] auto iteration : state)
    for (const int npus : {2, 4, 8})
      for (std::uint64_t bytes = 8; bytes <= std::uint64_t{2} << 30; bytes *= 2)
        benchmark::DoNotOptimize(simulate(hgx_h100(npus), single_collective(Collective::all_reduce, bytes)));
}

BENCHMARK(ring_symmetric)->Arg(1024)->Arg(1 << 20)->Unit(benchmark::kMillisecond);
BENCHMARK(sweep)->Unit(benchmark::kMillisecond);
BENCHMARK(resnet50_on_switch)->Arg(8)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK(ring_by_events)->Arg(64)->Arg(256)->Arg(1024)->Arg(2048)->Unit(benchmark::kMillisecond);
BENCHMARK(resnet50_by_events)->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
