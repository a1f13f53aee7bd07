#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "sim/published/reference.hpp"
#include "sim/simulate.hpp"

namespace ringtrue {

inline const std::string one_process = "hgx-h100.h1.nvswitch.one_process";
inline const std::string per_gpu = "hgx-h100.h1.nvswitch.process_per_gpu";

inline std::string shipped_path(const std::string& name) { return std::string(RINGTRUE_SOURCE_DIR) + "/" + name; }

/// Ours, as fitted on nothing yet, and of its parameters one left open: quick to fit.
inline PlatformFile quick_platform(const std::string& model = "nccl") {
  PlatformFile file = read_platform_file(shipped_path("sim/platforms/hgx_h100.json"));
  Platform& platform = file.platforms.front();
  platform.model = model;
  platform.fitted_on.clear();
  for (nccl::Parameter& p : std::get<nccl::Machine>(platform.machine).parameters.all()) p.width = 0;
  std::get<nccl::Machine>(platform.machine).parameters[nccl::Quantity::link_bandwidth].width = 0.05;
  return file;
}

/// A published ring All-Reduce that took as long as the platform says, or as is given.
inline Reference published_row(Bytes bytes, int gpus, const std::string& system, const std::string& source,
                               double factor = 1) {
  CollectiveRun run;
  run.bytes = bytes;
  const Experiment experiment{run, gpus};
  const Platform platform = quick_platform().platforms.front();
  const Seconds time = time_of(
      simulate_reference(
          {.experiment = experiment, .system_id = system, .source = "", .campaign = "", .launch = 0, .result = {}},
          platform)
          .front());
  Record record{.experiment = experiment,
                .system_id = system,
                .source = source + ", a table",
                .campaign = "",
                .launch = 0,
                .result = Publication{.time = time * factor, .sigma = {}, .how_read = {}, .as_printed = "?"}};
  return {.record = std::move(record), .source = source};
}

/// Two sources, two ways of launching, three scales, four sizes.
inline std::vector<Reference> two_sources() {
  std::vector<Reference> references;
  for (const Bytes bytes : {64_MiB, 128_MiB, 256_MiB, 512_MiB}) {
    for (const int gpus : {2, 4}) references.push_back(published_row(bytes, gpus, one_process, "theirs"));
    for (const int gpus : {4, 8}) references.push_back(published_row(bytes, gpus, per_gpu, "others'"));
  }
  return references;
}

/// References that ask what the record answers.
inline std::vector<Reference> asked_by(const Record& record, const std::vector<Reference>& references) {
  std::vector<Reference> same;
  std::ranges::copy_if(references, std::back_inserter(same), [&](const Reference& r) {
    return r.record.experiment == record.experiment && r.record.system_id == record.system_id;
  });
  return same;
}

}  // namespace ringtrue
