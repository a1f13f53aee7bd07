#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/calibrate.hpp"

namespace ringtrue {

inline constexpr const char* one_host = "host.h1.c2.block.sm";

/// A calibration record that took `seconds`.
inline Record calibrated(const Workload& workload, int ranks, double seconds, const std::string& system = one_host) {
  const Seconds t{seconds}, canary{1e-7};
  return {.experiment = {workload, ranks},
          .system_id = system,
          .source = "test",
          .campaign = "c",
          .launch = 0,
          .result = Measurement{.purpose = Purpose::calibrate,
                                .time = {.n = 1, .min = t, .q1 = t, .median = t, .q3 = t, .max = t},
                                .clock = Clock::makespan,
                                .local_max_median = t,
                                .samples = {},
                                .canary = Canary{canary, canary},
                                .verified = false,
                                .oversubscribed = false}};
}

/// Three round trips, each way taking `one_way_s`.
inline Record ping_pong(Bytes bytes, int ranks, double one_way_s, int stride = 1,
                        const std::string& system = one_host) {
  return calibrated(PingPong{.bytes = bytes, .stride = stride, .repetitions = 3}, ranks, 6 * one_way_s, system);
}

/// Four exchanges of one message of `message` bytes, each taking `seconds`: a buffer holds as many as there are ranks.
inline Record exchange(Bytes message, int ranks, double seconds, int stride = 1, const std::string& system = one_host) {
  const Exchange workload{
      .bytes = {message.count * ranks}, .stride = stride, .repetitions = 4, .segmentation = {1_MiB, 2}};
  return calibrated(workload, ranks, 4 * seconds, system);
}

/// Two ranks with a core each. Alone, messages up to 4,032 bytes (a limit of 4,096 less the header of 64) take
/// 1 us + 0.5 ns/B and larger ones 3 us + 0.25 ns/B; when both ranks send, 1.5 us + 0.8 ns/B and 5 us + 0.4 ns/B.
/// Adding takes 0.1 ns/B, copying 0.05 ns/B.
inline std::vector<Record> two_ranks() {
  const auto line = [](double start_us, double ns_per_byte, Bytes bytes) {
    return start_us * 1e-6 + ns_per_byte * 1e-9 * static_cast<double>(bytes.count);
  };
  std::vector<Record> records;
  for (const Bytes bytes : {8_B, 2_KiB}) {
    records.push_back(ping_pong(bytes, 2, line(1, 0.5, bytes)));
    records.push_back(exchange(bytes, 2, line(1.5, 0.8, bytes)));
  }
  for (const Bytes bytes : {32_KiB, 1_MiB}) {
    records.push_back(ping_pong(bytes, 2, line(3, 0.25, bytes)));
    records.push_back(exchange(bytes, 2, line(5, 0.4, bytes)));
  }
  records.push_back(calibrated(Exchange{16_B, 1, 1, {1_MiB, 2}}, 2, 1.5e-6));
  for (const Bytes chunk : {4_KiB, 1_MiB}) {
    const Bytes buffer{2 * chunk.count};
    records.push_back(calibrated(ReduceLocal{buffer, DataType::float32, 4, 1_MiB}, 2, 4 * line(0, 0.1, chunk)));
    records.push_back(calibrated(CopyLocal{buffer, 4, 1_MiB}, 2, 4 * line(0, 0.05, chunk)));
  }
  return records;
}

inline Calibration calibration_of(std::vector<Record> records, const std::string& system = one_host) {
  RecordFile file;
  file.name = "test.jsonl";
  file.contexts = {Json{{"system_id", system}, {"environment", {{"eager_limit_bytes", 4096}}}}};
  file.records = std::move(records);
  return collect_calibration(std::vector<RecordFile>{file});
}

}  // namespace ringtrue
