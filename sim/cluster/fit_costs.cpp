// What messages, reductions and copies cost, one equation per record, with the turn and skew that are known by then.
//
// message cost from exchanges of each size with many repetitions: T = skew + turns * turn + R * segments * k * cost, k
//              ranks taking their turns on a core. Partners on one core give same_core. On two cores those that receive
//              where nothing was sent before give fresh, and what others cost beyond that, by how much of what they
//              receive into was read, gives cross_core; without any fresh one all give cross_core.
// reduce cost  from local reductions: T = skew + R * segments * k * cost; copy cost from local copies alike.

#include <algorithm>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/schedule/ownership.hpp"
#include "experiment/schedule/schedule.hpp"
#include "sim/cluster/fit.hpp"

namespace ringtrue {
namespace {

/// What a message of an exchange between cores cost, and how much of what it went into other cores had read.
struct Exchanged {
  CostPoint point;
  double read = 0;
};

struct MessageCosts {
  CostTable read, fresh;  ///< As ClusterScale::cross_core and fresh.
};

/// Of partners that are equally far. Messages of up to `largest_eager` are copied out by their sender, and nobody reads
/// its memory: they cost the same in both tables, and so do those in larger buffers than any that was read. Of some
/// exchanges only part goes into memory that others have read.
MessageCosts costs_of(const std::vector<Exchanged>& exchanges, Bytes largest_eager, Bytes border) {
  Bytes largest_read;
  for (const Exchanged& exchange : exchanges)
    if (exchange.read > 0) largest_read = std::max(largest_read, exchange.point.buffer);
  const auto is_fresh_one = [&](const Exchanged& e) {
    return e.read == 0 && e.point.message > largest_eager && e.point.buffer <= largest_read;
  };
  const bool known = std::ranges::any_of(exchanges, is_fresh_one);
  std::vector<CostPoint> fresh, read;
  for (const Exchanged& exchange : exchanges)
    if (exchange.read == 0) fresh.push_back(exchange.point);
  MessageCosts costs;
  if (known) costs.fresh = {std::move(fresh), border};
  for (const Exchanged& exchange : exchanges) {
    if (is_fresh_one(exchange)) continue;
    CostPoint point = exchange.point;
    if (known && exchange.read > 0) {
      const Seconds none = costs.fresh.at(point.message, point.buffer).time;
      point.cost = std::max(none, none + (point.cost - none) / exchange.read);
    }
    read.push_back(point);
  }
  costs.read = {std::move(read), border};
  return costs;
}

/// Of partners at all strides: what is read costs the mean over them, and less if it is fresh by what that saves at its
/// own stride.
MessageCosts costs_of(const std::map<int, std::vector<Exchanged>>& by_stride, Bytes largest_eager, Bytes border) {
  std::vector<CostPoint> read, fresh;
  std::vector<std::pair<CostPoint, Seconds>> saved;
  for (const auto& [stride, exchanges] : by_stride) {
    const MessageCosts costs = costs_of(exchanges, largest_eager, border);
    read.insert(read.end(), costs.read.points().begin(), costs.read.points().end());
    if (costs.read.empty()) continue;
    for (const CostPoint& point : costs.fresh.points())
      saved.emplace_back(point, costs.read.at(point.message, point.buffer).time - point.cost);
  }
  MessageCosts all{.read = {std::move(read), border}, .fresh = {}};
  for (const auto& [point, less] : saved) {
    const Seconds mean = all.read.at(point.message, point.buffer).time;
    fresh.push_back({point.message, point.buffer, std::max(Seconds{0}, mean - std::max(Seconds{0}, less))});
  }
  if (!fresh.empty()) all.fresh = {std::move(fresh), border};
  return all;
}

}  // namespace

double read_by_others(const Experiment& experiment, const System& system, Bytes eager_limit) {
  if (!std::holds_alternative<Exchange>(experiment.workload)) return 0;
  std::vector<int> core_of;
  for (int rank = 0; rank < experiment.ranks; ++rank) core_of.push_back(core_of_rank(rank, experiment.ranks, system));
  Ownership memory = Ownership::between_cores(experiment, 0, core_of, largest_eager_message(eager_limit));
  double received = 0, read = 0;
  Schedule schedule(experiment, 0);
  for (Operation operation; schedule.next(operation);) {
    const double share = memory.follow(operation);
    if (operation.kind != OperationKind::irecv) continue;
    received += static_cast<double>(operation.span.length);
    read += share * static_cast<double>(operation.span.length);
  }
  return received > 0 ? read / received : 0;
}

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
    const bool of_turns = exchange != nullptr && exchange->repetitions == 1 && !exchange->fresh && !exchange->cold;
    if (of_turns) continue;
    if (exchange != nullptr && system_.shared_pool) continue;  // there exchanges may not be cold at all
    const auto [known, added] =
        of_size.try_emplace({row->experiment.workload.index(), message_bytes(row->experiment)}, &row->experiment);
    if (is_cold(*known->second) == is_cold(row->experiment)) continue;
    throw Error(fmt::format("{}: {} and {} are of one size, one of them cold; leave one of them out of the suite",
                            system_id_, experiment_key(*known->second), experiment_key(row->experiment)));
  }
}

/// An exchange tells what messages cost if it repeats them, if it is cold, or if it is fresh, between cores, and the
/// model knows of it.
bool SystemFit::tells_costs(const CalibrationRow& row, const ClusterPlatform& platform) const {
  const Exchange* exchange = as_exchange(row);
  if (exchange == nullptr) return false;
  if (exchange->fresh) return crosses_cores(row) && platform.has(Mechanism::ownership);
  return exchange->cold || exchange->repetitions > 1;
}

void SystemFit::fit_messages(const ClusterPlatform& platform, ClusterScale& scale) const {
  const int sharing = ranks_per_core(scale.ranks, system_);
  std::vector<CostPoint> same_core;
  std::map<int, std::vector<Exchanged>> between_cores;  // by stride
  for (const CalibrationRow* row : rows_at(scale.ranks)) {
    if (!tells_costs(*row, platform)) continue;
    const Exchange& exchange = *as_exchange(*row);
    const Timed timed = time_of(*row, scale.state);
    const Pieces pieces = pieces_of(exchange.bytes, scale.ranks, exchange.repetitions, exchange.segmentation.segment);
    const Seconds messages = timed.time - scale.skew - row->turns * scale.turn;
    const Seconds cost = std::max(Seconds{0}, messages / (pieces.count * sharing));
    const CostPoint point{pieces.message, exchange.bytes, cost};
    if (crosses_cores(*row))
      between_cores[exchange.stride].push_back({point, row->read});
    else
      same_core.push_back(point);
    scale.pooled = scale.pooled || timed.pooled;
  }
  const Bytes border = cost_border(platform);
  const MessageCosts costs = costs_of(between_cores, largest_eager_message(eager_limit_), border);
  scale.fresh = costs.fresh;
  scale.same_core = same_core.empty() ? costs.read : CostTable(std::move(same_core), border);
  scale.cross_core = costs.read.empty() ? scale.same_core : costs.read;
}

void SystemFit::fit_local_costs(ClusterScale& scale) const {
  const int sharing = ranks_per_core(scale.ranks, system_);
  std::vector<CostPoint> reduce, copy;
  const auto add = [&](const CalibrationRow& row, const auto& w, std::vector<CostPoint>& points) {
    const Timed timed = time_of(row, scale.state);
    const Pieces pieces = pieces_of(w.bytes, scale.ranks, w.repetitions, w.segment);
    const Seconds cost = std::max(Seconds{0}, (timed.time - scale.skew) / (pieces.count * sharing));
    points.push_back({pieces.message, w.bytes, cost});
    scale.pooled = scale.pooled || timed.pooled;
  };
  for (const CalibrationRow* row : rows_at(scale.ranks)) {
    if (const auto* r = std::get_if<ReduceLocal>(&row->experiment.workload)) add(*row, *r, reduce);
    if (const auto* c = std::get_if<CopyLocal>(&row->experiment.workload)) add(*row, *c, copy);
  }
  if (reduce.empty())
    throw Error(fmt::format("{}, {} ranks: the calibration has no 'reduce_local'; add it to the suite", system_id_,
                            scale.ranks));
  scale.reduce = {std::move(reduce), Bytes{0}};
  if (!copy.empty()) scale.copy = {std::move(copy), Bytes{0}};
}

}  // namespace ringtrue
