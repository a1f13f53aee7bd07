// What messages, reductions and copies cost, one equation per record, with the turn and skew that are known by then.
//
// message cost from exchanges of each size with many repetitions: T = skew + turns * turn + R * segments * k * cost, k
//              ranks taking their turns on a core. Partners on one core give same_core, on two cores cross_core, where
//              everything is received where something was sent before; fresh ones, where nothing was, give fresh.
// reduce cost  from local reductions: T = skew + R * segments * k * cost; copy cost from local copies alike.

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/cluster/fit.hpp"

namespace ringtrue {
namespace {

/// Messages of up to `border` leave their sender's memory to itself: they cost what they cost otherwise. Empty without
/// longer ones.
std::vector<CostPoint> with_short_ones_of(const CostTable& table, std::vector<CostPoint> fresh, Bytes border) {
  if (!fresh.empty())
    std::ranges::copy_if(table.points(), std::back_inserter(fresh),
                         [&](const CostPoint& p) { return p.message <= border; });
  return fresh;
}

}  // namespace

Pieces pieces_of(Bytes buffer, int ranks, int repetitions, Bytes segment) {
  const Bytes chunk{buffer.count / ranks};
  if (chunk.count == 0) return {{0}, static_cast<double>(repetitions)};
  const std::int64_t segments = (chunk.count + segment.count - 1) / segment.count;
  return {std::min(chunk, segment), static_cast<double>(repetitions * segments)};
}

/// What a size costs a kind of subject is one number. Of several sizes some may be cold.
void SystemFit::require_equally_cold(int ranks) const {
  std::map<std::pair<std::size_t, Bytes>, const Experiment*> of_size;
  for (const CalibrationRow* row : rows_at(ranks)) {
    const Exchange* exchange = as_exchange(*row);
    const bool of_turns = exchange != nullptr && exchange->repetitions == 1;
    if (of_turns || is_fresh(row->experiment) || (exchange != nullptr && system_.shared_pool))
      continue;  // there exchanges may not be cold at all
    const auto [known, added] =
        of_size.try_emplace({row->experiment.workload.index(), message_bytes(row->experiment)}, &row->experiment);
    if (is_cold(*known->second) == is_cold(row->experiment)) continue;
    throw Error(fmt::format("{}: {} and {} are of one size, one of them cold; leave one of them out of the suite",
                            system_id_, experiment_key(*known->second), experiment_key(row->experiment)));
  }
}

void SystemFit::fit_costs(const ClusterPlatform& platform, ClusterScale& scale) const {
  const int sharing = ranks_per_core(scale.ranks, system_);
  std::vector<CostPoint> same_core, cross_core, fresh, reduce, copy;
  const auto cost = [&](const Pieces& pieces, Seconds time) {
    return std::max(Seconds{0}, time / (pieces.count * sharing));
  };
  for (const CalibrationRow* row : rows_at(scale.ranks)) {
    const Timed timed = time_of(*row, scale.state);
    const Bytes buffer = message_bytes(row->experiment);
    if (const Exchange* w = as_exchange(*row); w != nullptr && (w->repetitions > 1 || w->fresh)) {
      if (w->fresh && !(crosses_cores(*row) && platform.has(Mechanism::ownership))) continue;
      const Pieces pieces = pieces_of(w->bytes, scale.ranks, w->repetitions, w->segmentation.segment);
      const Seconds messages = timed.time - scale.skew - row->turns * scale.turn;
      std::vector<CostPoint>& repeated = crosses_cores(*row) ? cross_core : same_core;
      (w->fresh ? fresh : repeated).push_back({pieces.message, buffer, cost(pieces, messages)});
    } else if (const auto* r = std::get_if<ReduceLocal>(&row->experiment.workload)) {
      const Pieces pieces = pieces_of(r->bytes, scale.ranks, r->repetitions, r->segment);
      reduce.push_back({pieces.message, buffer, cost(pieces, timed.time - scale.skew)});
    } else if (const auto* c = std::get_if<CopyLocal>(&row->experiment.workload)) {
      const Pieces pieces = pieces_of(c->bytes, scale.ranks, c->repetitions, c->segment);
      copy.push_back({pieces.message, buffer, cost(pieces, timed.time - scale.skew)});
    } else {
      continue;
    }
    scale.pooled = scale.pooled || timed.pooled;
  }
  if (reduce.empty())
    throw Error(fmt::format("{}, {} ranks: the calibration has no 'reduce_local'; add it to the suite", system_id_,
                            scale.ranks));
  const Bytes border = cost_border(platform);
  scale.same_core = {same_core.empty() ? cross_core : same_core, border};
  scale.cross_core = {cross_core.empty() ? same_core : cross_core, border};
  scale.fresh = {with_short_ones_of(scale.cross_core, std::move(fresh), border), border};
  scale.reduce = {reduce, Bytes{0}};
  if (!copy.empty()) scale.copy = {copy, Bytes{0}};
}

}  // namespace ringtrue
