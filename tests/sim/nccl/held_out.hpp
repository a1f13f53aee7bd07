#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/published/crossvalidate.hpp"

namespace ringtrue::nccl::testing {

/// A reference and what a platform that was not fitted on it says.
struct HeldOut {
  Reference reference;
  double log_ratio = 0;  ///< ln(simulated / reference)
};

inline std::string under(const std::string& folder) { return std::string(RINGTRUE_SOURCE_DIR) + "/" + folder + "/"; }

/// Of validate/published, e.g. `wh8/auto_4_gpus.json`.
inline std::vector<Reference> published(const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  for (const std::string& name : names) paths.push_back(under("validate/published") + name);
  return read_references(paths);
}

inline PlatformFile platforms_of(const std::string& name) { return read_platform_file(under("sim/platforms") + name); }

inline bool contains(const Json& list, const std::string& text) {
  return std::ranges::find(list, Json(text)) != list.end();
}

/// Each reference with the prediction of the fold that it was held out of; those without one are left out.
inline std::vector<HeldOut> held_out(const std::vector<Reference>& references, const RecordFile& predictions) {
  std::vector<HeldOut> rows;
  const Json& folds = predictions.contexts.front()["folds"];
  for (const Reference& reference : references) {
    const std::string key = experiment_key(reference.record.experiment);
    for (const Record& prediction : predictions.records) {
      if (prediction.system_id != reference.record.system_id || experiment_key(prediction.experiment) != key) continue;
      if (contains(folds[std::get<Simulation>(prediction.result).fold], record_id(reference.record))) continue;
      rows.push_back({reference, std::log(time_of(prediction) / time_of(reference.record))});
      break;
    }
  }
  return rows;
}

/// exp(mean |ln ratio|) - 1 of the rows that are taken. Requires that there are any.
inline double log_error(const std::vector<HeldOut>& rows, const std::function<bool(const HeldOut&)>& taken) {
  double sum = 0;
  int n = 0;
  for (const HeldOut& row : rows) {
    if (!taken(row)) continue;
    sum += std::abs(row.log_ratio);
    ++n;
  }
  if (n == 0) throw std::logic_error("log_error: no row");
  return std::expm1(sum / n);
}

}  // namespace ringtrue::nccl::testing
