#pragma once

// Calibration records made by hand, on a machine whose costs are known.

#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/record/record_file.hpp"
#include "sim/calibrate.hpp"

namespace ringtrue {

inline Seconds us(double value) { return Seconds{value * 1e-6}; }

inline Record measured(const Workload& workload, int ranks, double time_us, int launch = 0, double canary_us = 0.1) {
  const Seconds t = us(time_us), canary = us(canary_us);
  return {.experiment = {workload, ranks},
          .system_id = "host.h1.c2.block.sm",
          .source = "test",
          .campaign = "c",
          .launch = launch,
          .result = Measurement{.purpose = Purpose::calibrate,
                                .time = {.n = 1, .min = t, .q1 = t, .median = t, .q3 = t, .max = t},
                                .clock = Clock::makespan,
                                .local_max_median = t,
                                .samples = {},
                                .canary = Canary{canary, canary},
                                .verified = false,
                                .oversubscribed = ranks > 2}};
}

inline Workload exchange(Bytes bytes, int repetitions, int stride = 1) {
  return Exchange{bytes, stride, repetitions, {1_MiB, 1}};
}
inline Workload reduce(Bytes bytes) { return ReduceLocal{bytes, DataType::float32, 4, 1_MiB}; }

/// Two ranks, a core each: skew 0.5 us, turn 1 us, 3 us more for a message of 4 KiB, 2 us to reduce one.
inline std::vector<Record> two_ranks(int launch = 0, double scale = 1, double canary_us = 0.1) {
  return {measured(exchange(8_B, 1), 2, scale * 1.5, launch, canary_us),
          measured(exchange(8_B, 11), 2, scale * 11.5, launch, canary_us),
          measured(exchange(8_KiB, 10), 2, scale * (0.5 + 10 * (1 + 3)), launch, canary_us),
          measured(reduce(8_KiB), 2, scale * (0.5 + 4 * 2), launch, canary_us)};
}

inline RecordFile file_of(std::vector<Record> records) {
  RecordFile file;
  file.name = "test.jsonl";
  file.contexts = {Json{{"system_id", "host.h1.c2.block.sm"}, {"environment", {{"eager_limit_bytes", 4096}}}}};
  file.records = std::move(records);
  return file;
}

inline std::vector<Platform> fit_of(std::vector<Record> records, const LaunchDraw& draw = {}) {
  const std::vector<RecordFile> files{file_of(std::move(records))};
  return fit(collect_calibration(files), draw);
}

inline const ClusterPlatform& cluster_of(const std::vector<Platform>& platforms) {
  return std::get<ClusterPlatform>(platforms.front().machine);
}

inline void require_us(Seconds time, double expected) {
  REQUIRE_THAT(time.count() * 1e6, Catch::WithinAbs(expected, 1e-6));
}

}  // namespace ringtrue
