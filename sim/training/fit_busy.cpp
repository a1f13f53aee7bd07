// A busy_exchange against the exchange alone: how much longer it takes, and what computing keeps of its rank's share of
// the core. Of several strides the one that is slowed most: a collective goes at the pace of its slowest pair.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/cluster/fit.hpp"

namespace ringtrue {

BusyPoint SystemFit::busy_of(const CalibrationRow& busy, const CalibrationRow& alone, ClusterScale& scale) const {
  constexpr double least_rate = 0.01;
  const double sharing = ranks_per_core(scale.ranks, system_);
  for (const CalibrationRow::Sample& sample : busy.samples)
    if (phase_of(sample.phases, "exchange") <= Seconds{0})
      throw Error(fmt::format("{}, {}: a record of it has no times in phases_s; measure it again with ringtrue-bench",
                              system_id_, experiment_key(busy.experiment)));
  const Timed together = time_of(
      busy, scale.state, [](const CalibrationRow::Sample& sample) { return phase_of(sample.phases, "exchange"); });
  const Timed by_itself = time_of(alone, scale.state);
  scale.pooled = scale.pooled || together.pooled || by_itself.pooled;
  const Timed rate = time_of(busy, scale.state, [&](const CalibrationRow::Sample& sample) {
    return Seconds{sharing * (phase_of(sample.phases, "computing") / phase_of(sample.phases, "exchange"))};
  });
  return {.buffer = message_bytes(busy.experiment),
          .slowdown = std::max(1.0, together.time / by_itself.time),
          .computing_rate = std::clamp(rate.time.count(), least_rate, 1.0)};
}

void SystemFit::fit_busy(ClusterScale& scale) const {
  const std::vector<const CalibrationRow*> rows = rows_at(scale.ranks);
  std::map<std::int64_t, BusyPoint> points;
  for (const CalibrationRow* row : rows) {
    const auto* busy = std::get_if<BusyExchange>(&row->experiment.workload);
    if (busy == nullptr) continue;
    const auto alone = std::ranges::find_if(
        rows, [&](const CalibrationRow* other) { return other->experiment.workload == Workload(busy->exchange); });
    if (alone == rows.end())
      throw Error(fmt::format("{}, {}: the calibration has no {} to compare it with; add it to the suite", system_id_,
                              experiment_key(row->experiment), experiment_key({busy->exchange, scale.ranks})));
    const BusyPoint point = busy_of(*row, **alone, scale);
    const auto [known, added] = points.try_emplace(busy->exchange.bytes.count, point);
    if (point.slowdown > known->second.slowdown) known->second = point;
  }
  for (const auto& [bytes, point] : points) scale.busy.push_back(point);
}

}  // namespace ringtrue
