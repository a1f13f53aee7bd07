// Fits what replay_polling() needs; nothing is fitted on a collective.
//
// reduce, copy         the longest rank's own time of a local subject, per piece: it neither waits nor yields in it.
// turn, message, byte, an empty turn, and the CPU time of a message, of a byte, and of an acknowledgement without data.
// acknowledgement      A byte costs the same in all scales, and a message and an acknowledgement as many turns. What a
//                      turn costs each scale has for itself: what ran in between leaves the caches cold, and a shared
//                      machine was not as fast when another scale was measured.
//
// They are those with which replaying all ping-pongs and exchanges of a test bed, small and large, few ranks and many,
// is off by the smallest log error. Few numbers on many rows: single rows of ranks that share a core differ by a fifth
// from launch to launch, and three numbers fitted for each number of ranks followed that (2.0 ns a byte at 16 hosts,
// 0.4 at 6). With turns and messages on a line over the ranks of a core, hosts that were measured while the machine
// was 1.5 times as slow as before made all others wrong.

#include "sim/cluster/polling/fit_polling.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/cluster/fit.hpp"
#include "sim/cluster/polling/polling.hpp"

namespace ringtrue {
namespace {

/// Whole steps of five per cent: messages in turns, a byte, acknowledgements in turns, then a turn of each scale.
using Steps = std::vector<int>;
constexpr std::size_t of_all = 3;  ///< How many of them all scales have in common.
constexpr double step = 0.05;
constexpr int largest_stride = 8;
/// Larger subjects tell nothing new of these numbers and take the longest to replay.
constexpr Bytes largest_fitted = 2_MiB;

/// Turn, message, byte and acknowledgement of one number of ranks.
using ScaleSteps = std::array<int, 4>;

/// Seconds of a turn, a message, a byte and an acknowledgement where steps are zero.
constexpr std::array units{8e-6, 1e-5, 1e-9, 1e-5};

Seconds value_of(const ScaleSteps& steps, std::size_t i) { return Seconds{units[i] * std::exp(step * steps[i])}; }

/// Where to begin, as a turn, a message, a byte and an acknowledgement, and how large the first strides are. Near what
/// was traced with perf and 2 to 4 hosts (3.8 us a turn, 7.8 us a message, 4.3 us an acknowledgement; half a nanosecond
/// a byte was fitted) small ones; large ones from what was traced with strace and 16 hosts on a slower machine (6 us a
/// turn, 10 to 30 us a message, 1.2 ns a byte).
struct FirstGuess {
  ScaleSteps steps;
  int stride = 0;
};
constexpr std::array first_guesses{FirstGuess{{-15, -5, -15, -17}, 2}, FirstGuess{{-6, 12, 4, -14}, largest_stride}};

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

/// Walks downhill along one number after the other, with smaller strides where none helps.
template <class F>
Minimum smallest(const F& f, const Steps& start, int stride) {
  Minimum best{.at = start, .value = f(start)};
  while (stride > 0) {
    const double before = best.value;
    for (std::size_t i = 0; i < start.size(); ++i) best = better(f, best, i, stride).value_or(best);
    if (best.value == before) stride /= 2;
  }
  return best;
}

bool moves_messages(const CalibrationRow& row) {
  return std::holds_alternative<PingPong>(row.experiment.workload) ||
         std::holds_alternative<Exchange>(row.experiment.workload);
}

class JointFit {
 public:
  JointFit(std::vector<PollingScale>& scales, ReplayCache& replays) : scales_(scales), replays_(replays) {}

  void run() { error(search().at); }

 private:
  /// A refit begins where the first fit of the same scales ended, which ends with what a refit does.
  Minimum search() {
    const auto f = [this](const Steps& steps) { return error(steps); };
    const bool own_turns = scales_.front().platform->has(Mechanism::own_turns);
    Steps& known = replays_.minima[fitted_together(own_turns)];
    if (!known.empty()) return smallest(f, known, largest_stride);
    std::optional<Minimum> best;
    for (const auto& [guess, stride] : first_guesses) {
      const auto [turn, message, byte, acknowledgement] = guess;
      Steps start(of_all + (own_turns ? scales_.size() : 1), turn);
      start[0] = message - turn;
      start[1] = byte;
      start[2] = acknowledgement - turn;
      const Minimum found = smallest(f, start, stride);
      if (!best || found.value < best->value) best = found;
    }
    best = smallest(f, best->at, largest_stride);
    known = best->at;
    return *best;
  }

  /// What the steps of a fit mean. Without a mechanism others may have it.
  std::string fitted_together(bool own_turns) const {
    std::string scales = fmt::format("{} {}", scales_.front().scale->state, own_turns ? "own turns" : "one turn");
    for (const PollingScale& scale : scales_) scales += fmt::format(" {} p{}", scale.system_id, scale.scale->ranks);
    return scales;
  }

  /// Sets all scales to `steps` and returns by how much their rows are off then.
  double error(const Steps& steps) {
    double sum = 0;
    for (std::size_t i = 0; i < scales_.size(); ++i) {
      const int turn = steps[std::min(of_all + i, steps.size() - 1)];
      const int acknowledgement = scales_[i].platform->has(Mechanism::acknowledgements) ? turn + steps[2] : 0;
      sum += error_of(scales_[i], {turn, turn + steps[0], steps[1], acknowledgement});
    }
    return sum;
  }

  double error_of(PollingScale& scale, const ScaleSteps& steps) {
    apply(steps, scale);
    double error = 0;
    for (const PollingScale::Row& row : scale.rows)
      error += std::abs(std::log(replay(scale, row, steps) / row.measured_s));
    return error;
  }

  static void apply(const ScaleSteps& steps, PollingScale& scale) {
    ClusterScale& fitted = *scale.scale;
    fitted.turn = scale.platform->has(Mechanism::turns) ? value_of(steps, 0) : Seconds{1e-9};
    const Seconds message = value_of(steps, 1);
    const Seconds whole = message + value_of(steps, 2) * static_cast<double>(scale.largest.count);
    // Whatever buffer it is in: what is sent and received here passes through the kernel.
    fitted.cross_core = {{{Bytes{0}, Bytes{0}, message}, {scale.largest, max_bytes, whole}}, Bytes{0}};
    fitted.same_core = fitted.cross_core;
    fitted.acknowledgement = value_of(steps, 3);
  }

  double replay(const PollingScale& scale, const PollingScale::Row& row, const ScaleSteps& steps) {
    const std::optional<Mechanism> without = scale.platform->without;
    const std::string machine =
        fmt::format("{} {} {}", scale.system_id, scale.scale->state, without ? to_string(*without) : "");
    const auto [known, added] = replays_.times.try_emplace({machine, row.key, steps});
    if (added) known->second = replay_polling(row.experiment, *scale.platform, *scale.scale).time;
    return known->second.count();
  }

  std::vector<PollingScale>& scales_;
  ReplayCache& replays_;
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
    if (is_cold(row->experiment) || is_fresh(row->experiment))
      throw Error(
          fmt::format("{}, {}: hosts that share cores are fitted on exchanges that are neither cold nor fresh; leave "
                      "out 'cold' and 'fresh' in the suite",
                      system_id_, experiment_key(row->experiment)));
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
