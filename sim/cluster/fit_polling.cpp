// Fits what replay_polling() needs for one number of ranks; nothing is fitted on a collective.
//
// reduce, copy  the longest rank's own time of a local subject, per piece: it neither waits nor yields in it.
// turn, CPU time of a message and of its bytes  three numbers for all ping-pongs and exchanges together: those with
// which
//               replaying each of them is off by the smallest log error. Few numbers on many rows, because single rows
//               of ranks that share a core differ by a fifth from launch to launch.

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/cluster/fit.hpp"
#include "sim/cluster/polling.hpp"

namespace ringtrue {
namespace {

/// Parameters by the logarithm, so that a step is a factor.
struct PollingCosts {
  std::array<double, 3> logs{std::log(8e-6), std::log(1e-5), std::log(1e-9)};

  Seconds turn() const { return Seconds{std::exp(logs[0])}; }
  Seconds message() const { return Seconds{std::exp(logs[1])}; }
  Seconds byte() const { return Seconds{std::exp(logs[2])}; }
};

constexpr double first_step = 0.8, last_step = 0.04;

/// Walks downhill along one parameter after the other, with smaller steps where no step helps. `f` is called about 60
/// times.
template <class F>
PollingCosts smallest(const F& f) {
  PollingCosts best;
  double least = f(best);
  for (double step = first_step; step > last_step;) {
    const double before = least;
    for (std::size_t i = 0; i < best.logs.size(); ++i) {
      for (const double change : {step, -step}) {
        PollingCosts tried = best;
        tried.logs[i] += change;
        const double value = f(tried);
        if (value >= least) continue;
        best = tried;
        least = value;
        break;
      }
    }
    if (least == before) step /= 2;
  }
  return best;
}

bool moves_messages(const CalibrationRow& row) {
  return std::holds_alternative<PingPong>(row.experiment.workload) ||
         std::holds_alternative<Exchange>(row.experiment.workload);
}

void apply(const PollingCosts& costs, Bytes largest, ClusterScale& scale) {
  scale.turn = costs.turn();
  const Seconds whole = costs.message() + costs.byte() * static_cast<double>(largest.count);
  scale.cross_core = {{{Bytes{0}, Bytes{0}, costs.message()}, {largest, largest, whole}}, Bytes{0}};
  scale.same_core = scale.cross_core;
}

}  // namespace

void SystemFit::fit_local(ClusterScale& scale) const {
  std::vector<CostPoint> reduce, copy;
  const auto point = [&](const CalibrationRow& row, Bytes buffer, int repetitions, Bytes segment) -> CostPoint {
    const Bytes chunk{buffer.count / scale.ranks}, piece = std::min(chunk, segment);
    const double pieces =
        chunk.count == 0
            ? repetitions
            : repetitions * std::ceil(static_cast<double>(chunk.count) / static_cast<double>(segment.count));
    return {piece, buffer, own_time_of(row, scale.state) / pieces};
  };
  for (const CalibrationRow* row : rows_at(scale.ranks)) {
    if (const auto* r = std::get_if<ReduceLocal>(&row->experiment.workload))
      reduce.push_back(point(*row, r->bytes, r->repetitions, r->segment));
    if (const auto* c = std::get_if<CopyLocal>(&row->experiment.workload))
      copy.push_back(point(*row, c->bytes, c->repetitions, c->segment));
  }
  if (reduce.empty())
    throw Error(fmt::format("{}, {} ranks: the calibration has no 'reduce_local'; add it to the suite", system_id_,
                            scale.ranks));
  scale.reduce = {reduce, Bytes{0}};
  if (!copy.empty()) scale.copy = {copy, Bytes{0}};
}

void SystemFit::fit_polling(const ClusterPlatform& platform, ClusterScale& scale) const {
  fit_local(scale);
  std::vector<const CalibrationRow*> rows;
  Bytes largest{1};
  for (const CalibrationRow* row : rows_at(scale.ranks)) {
    if (!moves_messages(*row)) continue;
    if (message_bytes(row->experiment) <= 2_MiB) rows.push_back(row);
    largest = std::max(largest, message_bytes(row->experiment));
  }
  const auto is_ping_pong = [](const CalibrationRow* row) {
    return std::holds_alternative<PingPong>(row->experiment.workload);
  };
  if (std::ranges::none_of(rows, is_ping_pong) || std::ranges::all_of(rows, is_ping_pong))
    throw Error(fmt::format("{}, {} ranks: the calibration needs 'ping_pong' and 'exchange'; add both to the suite",
                            system_id_, scale.ranks));
  std::vector<double> measured_s;
  for (const CalibrationRow* row : rows) {
    const Timed timed = time_of(*row, scale.state);
    measured_s.push_back(timed.time.count());
    scale.pooled = scale.pooled || timed.pooled;
  }
  const PollingCosts costs = smallest([&](const PollingCosts& tried) {
    apply(tried, largest, scale);
    double error = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      error += std::abs(std::log(replay_polling(rows[i]->experiment, platform, scale).time.count() / measured_s[i]));
    return error;
  });
  apply(costs, largest, scale);
  if (getenv("RT_DEBUG") != nullptr) {
    for (const CalibrationRow* row : rows)
      fmt::print(
          stderr, "{} measured {:.1f} replayed {:.1f} ratio {:.3f}\n", experiment_key(row->experiment),
          1e6 * time_of(*row, scale.state).time.count(),
          1e6 * replay_polling(row->experiment, platform, scale).time.count(),
          replay_polling(row->experiment, platform, scale).time.count() / time_of(*row, scale.state).time.count());
    fmt::print(stderr, "{}: turn {:.2f} us message {:.2f} us byte {:.3f} ns\n", scale.ranks, 1e6 * costs.turn().count(),
               1e6 * costs.message().count(), 1e9 * costs.byte().count());
  }
}

}  // namespace ringtrue
