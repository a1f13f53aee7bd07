// Fits what replay_polling() needs for one number of ranks; nothing is fitted on a collective.
//
// reduce, copy  the longest rank's own time of a local subject, per piece: it neither waits nor yields in it.
// turn, cost    an empty turn, the CPU time of a message and that of a byte: three numbers for all ping-pongs and
// exchanges
//               together, those with which replaying them is off by the smallest log error. Few numbers on many rows,
//               because single rows of ranks that share a core differ by a fifth from launch to launch.

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/cluster/fit.hpp"
#include "sim/cluster/polling.hpp"

namespace ringtrue {
namespace {

/// The three numbers as whole steps of five per cent, so that refits on resampled launches meet the same values again
/// and replays can be remembered.
using Steps = std::array<int, 3>;
constexpr double step = 0.05;
constexpr int largest_stride = 16;
/// Larger subjects tell nothing new of three numbers and take the longest to replay.
constexpr Bytes largest_fitted = 2_MiB;

Seconds turn_of(const Steps& steps) { return Seconds{8e-6 * std::exp(step * steps[0])}; }
Seconds message_of(const Steps& steps) { return Seconds{1e-5 * std::exp(step * steps[1])}; }
Seconds byte_of(const Steps& steps) { return Seconds{1e-9 * std::exp(step * steps[2])}; }

/// `from` with number `i` a stride up or down, whichever `f` finds smaller than `least`; nothing if neither is.
template <class F>
std::optional<Steps> better(const F& f, const Steps& from, std::pair<std::size_t, int> move, double& least) {
  const auto [i, stride] = move;
  for (const int change : {stride, -stride}) {
    Steps tried = from;
    tried[i] += change;
    const double value = f(tried);
    if (value >= least) continue;
    least = value;
    return tried;
  }
  return std::nullopt;
}

/// Walks downhill along one number after the other, with smaller strides where none helps. `f` is called about 60
/// times.
template <class F>
Steps smallest(const F& f) {
  Steps best{};
  double least = f(best);
  for (int stride = largest_stride; stride > 0;) {
    const double before = least;
    for (std::size_t i = 0; i < best.size(); ++i) best = better(f, best, {i, stride}, least).value_or(best);
    if (least == before) stride /= 2;
  }
  return best;
}

bool moves_messages(const CalibrationRow& row) {
  return std::holds_alternative<PingPong>(row.experiment.workload) ||
         std::holds_alternative<Exchange>(row.experiment.workload);
}

void apply(const Steps& steps, Bytes largest, const ClusterPlatform& platform, ClusterScale& scale) {
  scale.turn = platform.has(Mechanism::turns) ? turn_of(steps) : Seconds{1e-9};
  const Seconds whole = message_of(steps) + byte_of(steps) * static_cast<double>(largest.count);
  scale.cross_core = {{{Bytes{0}, Bytes{0}, message_of(steps)}, {largest, largest, whole}}, Bytes{0}};
  scale.same_core = scale.cross_core;
}

}  // namespace

void SystemFit::fit_local(ClusterScale& scale) const {
  std::vector<CostPoint> reduce, copy;
  const auto point = [&](const CalibrationRow& row, Bytes buffer, const Pieces& pieces) -> CostPoint {
    return {pieces.message, buffer, own_time_of(row, scale.state) / pieces.count};
  };
  for (const CalibrationRow* row : rows_at(scale.ranks)) {
    if (const auto* r = std::get_if<ReduceLocal>(&row->experiment.workload))
      reduce.push_back(point(*row, r->bytes, pieces_of(r->bytes, scale.ranks, r->repetitions, r->segment)));
    if (const auto* c = std::get_if<CopyLocal>(&row->experiment.workload))
      copy.push_back(point(*row, c->bytes, pieces_of(c->bytes, scale.ranks, c->repetitions, c->segment)));
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
    if (message_bytes(row->experiment) <= largest_fitted) rows.push_back(row);
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
  const auto replayed = [&](const Experiment& experiment, const Steps& steps) {
    const auto measure = [&] { return replay_polling(experiment, platform, scale).time; };
    if (replays_ == nullptr) return measure();
    const auto [known, added] = replays_->try_emplace({system_id_, scale.state, experiment_key(experiment), steps});
    if (added) known->second = measure();
    return known->second;
  };
  const Steps best = smallest([&](const Steps& steps) {
    apply(steps, largest, platform, scale);
    double error = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      error += std::abs(std::log(replayed(rows[i]->experiment, steps).count() / measured_s[i]));
    return error;
  });
  apply(best, largest, platform, scale);
}

}  // namespace ringtrue
