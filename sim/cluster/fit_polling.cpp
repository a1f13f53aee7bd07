// Fits what replay_polling() needs; nothing is fitted on a collective.
//
// reduce, copy         the longest rank's own time of a local subject, per piece: it neither waits nor yields in it.
// turn, message, byte  an empty turn, the CPU time of a message and that of a byte. A byte costs the same at any number
//                      of ranks. Turns and messages cost more the more ranks share a core, because what ran in between
//                      leaves the caches cold: a line over the ranks of a core, so two numbers each. These five are
//                      those with which replaying all ping-pongs and exchanges of a test bed, small and large, few
//                      ranks and many, is off by the smallest log error. Few numbers on many rows: single rows of ranks
//                      that share a core differ by a fifth from launch to launch, and numbers fitted for each number
//                      of ranks followed that (2.0 ns a byte at 16 hosts, 0.4 at 6).

#include "sim/cluster/fit_polling.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/cluster/fit.hpp"
#include "sim/cluster/polling.hpp"

namespace ringtrue {
namespace {

/// The five numbers as whole steps of five per cent: a turn, a message, a byte; a turn and a message where most ranks
/// share a core.
using Steps = std::array<int, 5>;
constexpr std::size_t of_fewest = 3;  ///< How many of them there are where all scales share cores alike.
constexpr double step = 0.05;
constexpr int largest_stride = 8;
/// Larger subjects tell nothing new of five numbers and take the longest to replay.
constexpr Bytes largest_fitted = 2_MiB;

/// What one scale gets, in finer steps, so that refits on resampled launches meet the same values again and replays can
/// be remembered.
using FineSteps = std::array<int, 3>;
constexpr double fine_step = 0.025;

constexpr std::array units{8e-6, 1e-5, 1e-9};  ///< Seconds of a turn, a message and a byte where steps are zero.

Seconds value_of(const FineSteps& steps, std::size_t i) { return Seconds{units[i] * std::exp(fine_step * steps[i])}; }

/// Where to begin: what was traced on a machine with 16 hosts (6 us a turn, 10 to 30 us a message, 1.2 ns a byte;
/// strace and sched_switch), with more of it in turns, and with more of it in messages. What they end in predicts
/// alike.
constexpr std::array starts{Steps{-6, 0, 4, 4, 16}, Steps{-6, 4, 4, -6, 20}};

struct Minimum {
  Steps at{};
  double value = 0;
};

/// `from` with number `i` a stride up or down, whichever `f` finds smaller; nothing if neither is.
template <class F>
std::optional<Minimum> better(const F& f, const Minimum& from, std::size_t i, int stride) {
  for (const int change : {stride, -stride}) {
    Minimum tried = from;
    tried.at[i] += change;
    tried.value = f(tried.at);
    if (tried.value < from.value) return tried;
  }
  return std::nullopt;
}

/// Walks downhill along one of the first `numbers` numbers after the other, with smaller strides where none helps.
template <class F>
Minimum smallest(const F& f, const Steps& start, std::size_t numbers) {
  Minimum best{.at = start, .value = f(start)};
  for (int stride = largest_stride; stride > 0;) {
    const double before = best.value;
    for (std::size_t i = 0; i < numbers; ++i) best = better(f, best, i, stride).value_or(best);
    if (best.value == before) stride /= 2;
  }
  return best;
}

bool moves_messages(const CalibrationRow& row) {
  return std::holds_alternative<PingPong>(row.experiment.workload) ||
         std::holds_alternative<Exchange>(row.experiment.workload);
}

int sharing_of(const PollingScale& scale) { return ranks_per_core(scale.scale->ranks, scale.platform->system); }

class JointFit {
 public:
  JointFit(std::vector<PollingScale>& scales, ReplayCache& replays) : scales_(scales), replays_(replays) {
    const auto [fewest, most] = std::ranges::minmax(scales, {}, sharing_of);
    fewest_ = sharing_of(fewest);
    most_ = scales.front().platform->has(Mechanism::cold_caches) ? sharing_of(most) : fewest_;
  }

  void run() {
    const Minimum best = search();
    for (PollingScale& scale : scales_) error_of(scale, steps_of(scale, best.at));
  }

 private:
  /// A refit begins where the first fit of this machine state ended.
  Minimum search() {
    const auto f = [this](const Steps& steps) { return error(steps); };
    const std::size_t numbers = most_ > fewest_ ? std::tuple_size_v<Steps> : of_fewest;
    const auto [known, first] = replays_.minima.try_emplace(scales_.front().scale->state);
    if (!first) return smallest(f, known->second, numbers);
    Minimum best = smallest(f, starts.front(), numbers);
    for (const Steps& start : std::span(starts).subspan(1))
      best =
          std::min(best, smallest(f, start, numbers), [](const auto& a, const auto& b) { return a.value < b.value; });
    known->second = best.at;
    return best;
  }

  double error(const Steps& steps) {
    double sum = 0;
    for (PollingScale& scale : scales_) sum += error_of(scale, steps_of(scale, steps));
    return sum;
  }

  FineSteps steps_of(const PollingScale& scale, const Steps& steps) const {
    const double share =
        most_ > fewest_ ? static_cast<double>(sharing_of(scale) - fewest_) / static_cast<double>(most_ - fewest_) : 0;
    const auto fine = [&](int at_fewest, int at_most) {
      const double value = (1 - share) * std::exp(step * at_fewest) + share * std::exp(step * at_most);
      return static_cast<int>(std::lround(std::log(value) / fine_step));
    };
    return {fine(steps[0], steps[3]), fine(steps[1], steps[4]), fine(steps[2], steps[2])};
  }

  /// Sets the scale to `steps` and returns by how much its rows are off then.
  double error_of(PollingScale& scale, const FineSteps& steps) {
    apply(steps, scale);
    double error = 0;
    for (const PollingScale::Row& row : scale.rows)
      error += std::abs(std::log(replay(scale, row, steps) / row.measured_s));
    return error;
  }

  static void apply(const FineSteps& steps, PollingScale& scale) {
    ClusterScale& fitted = *scale.scale;
    fitted.turn = scale.platform->has(Mechanism::turns) ? value_of(steps, 0) : Seconds{1e-9};
    const Seconds message = value_of(steps, 1);
    const Seconds whole = message + value_of(steps, 2) * static_cast<double>(scale.largest.count);
    fitted.cross_core = {{{Bytes{0}, Bytes{0}, message}, {scale.largest, scale.largest, whole}}, Bytes{0}};
    fitted.same_core = fitted.cross_core;
  }

  double replay(const PollingScale& scale, const PollingScale::Row& row, const FineSteps& steps) {
    const std::optional<Mechanism> without = scale.platform->without;
    const std::string machine =
        fmt::format("{} {} {}", scale.system_id, scale.scale->state, without ? to_string(*without) : "");
    const auto [known, added] = replays_.times.try_emplace({machine, row.key, steps});
    if (added) known->second = replay_polling(row.experiment, *scale.platform, *scale.scale).time;
    return known->second.count();
  }

  std::vector<PollingScale>& scales_;
  ReplayCache& replays_;
  int fewest_ = 1, most_ = 1;  ///< Ranks that share a core.
};

}  // namespace

void fit_polling(std::vector<PollingScale>& scales, ReplayCache& replays) { JointFit(scales, replays).run(); }

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

PollingScale SystemFit::polling_scale(const ClusterPlatform& platform, ClusterScale& scale) const {
  PollingScale polling{
      .system_id = system_id_, .platform = &platform, .scale = &scale, .rows = {}, .largest = Bytes{1}};
  bool ping_pong = false, exchange = false;
  for (const CalibrationRow* row : rows_at(scale.ranks)) {
    if (!moves_messages(*row)) continue;
    polling.largest = std::max(polling.largest, message_bytes(row->experiment));
    if (message_bytes(row->experiment) > largest_fitted) continue;
    const Timed timed = time_of(*row, scale.state);
    scale.pooled = scale.pooled || timed.pooled;
    polling.rows.push_back({row->experiment, experiment_key(row->experiment), timed.time.count()});
    (std::holds_alternative<PingPong>(row->experiment.workload) ? ping_pong : exchange) = true;
  }
  if (!ping_pong || !exchange)
    throw Error(fmt::format("{}, {} ranks: the calibration needs 'ping_pong' and 'exchange'; add both to the suite",
                            system_id_, scale.ranks));
  return polling;
}

}  // namespace ringtrue
