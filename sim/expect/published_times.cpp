#include "sim/expect/published_times.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "experiment/log_error.hpp"
#include "sim/simulate.hpp"

namespace ringtrue::expect {
namespace {

using nccl::Call;
using nccl::Machine;

bool same_but_size(const Call& a, const Call& b) {
  return a.collective == b.collective && a.gpus == b.gpus && a.nodes == b.nodes;
}

/// As the source shows or forced it, else as the tuner would take it. Nothing if the model does not know the call.
std::optional<Algorithm> algorithm_of(const PublishedTime& row, const Machine& machine) {
  const Call call = known_call(row.call, row.chosen, row.source);
  if (call.algorithm != Algorithm::library) return call.algorithm;
  if (!refusal(call, machine).empty()) return {};
  return choose(call, machine).algorithm;
}

/// What a launch mode may change and still count as none.
constexpr double alike_within = 1.02;

/// The same algorithm, a protocol that the source does not contradict, and a launch that makes no difference.
bool is_alike(const PublishedTime& row, const Expectation& expected, const Machine& machine) {
  if (algorithm_of(row, machine) != expected.choice.algorithm) return false;
  if (row.call.protocol.value_or(expected.choice.protocol) != expected.choice.protocol) return false;
  Call call = expected.call;
  call.bytes = row.call.bytes;
  const Seconds mine = time_of(call, expected.choice, machine);
  call.launch = row.call.launch;
  const Seconds theirs = time_of(call, expected.choice, machine);
  return std::max(mine / theirs, theirs / mine) < alike_within;
}

struct Range {
  Seconds least{std::numeric_limits<double>::infinity()}, most{0};
  int rows = 0;

  void add(Seconds time) {
    least = std::min(least, time);
    most = std::max(most, time);
    ++rows;
  }
  double spread() const { return rows == 0 ? 1 : most / least; }
};

/// The sizes to look at: the call's own if it was published, else the next ones.
std::vector<Bytes> sizes_near(const Call& call, const std::vector<PublishedTime>& rows) {
  std::set<Bytes> sizes;
  for (const PublishedTime& row : rows)
    if (same_but_size(row.call, call)) sizes.insert(row.call.bytes);
  if (sizes.contains(call.bytes)) return {call.bytes};
  const auto above = sizes.upper_bound(call.bytes);
  std::vector<Bytes> near;
  if (above != sizes.begin()) near.push_back(*std::prev(above));
  if (above != sizes.end()) near.push_back(*above);
  return near;
}

template <class Taken>
HeldOut held_out(const std::vector<PublishedTime>& rows, Taken taken) {
  std::set<std::string> fitted, scored;
  std::vector<double> ratios;
  for (const PublishedTime& row : rows) {
    if (row.fitted) fitted.insert(row.source);
    if (row.fitted || !row.ratio || !taken(row)) continue;
    ratios.push_back(*row.ratio);
    scored.insert(row.source);
  }
  if (ratios.empty()) return {};
  return {static_cast<int>(ratios.size()), log_error(ratios), std::ranges::includes(fitted, scored)};
}

}  // namespace

std::vector<PublishedTime> published_times(const std::vector<Reference>& references, const Platform& platform) {
  const std::set<std::string> fitted(platform.fitted_on.begin(), platform.fitted_on.end());
  std::vector<PublishedTime> rows;
  for (const Reference& reference : references) {
    const Record& record = reference.record;
    const CollectiveRun* run = as_collective(record.experiment);
    const std::optional<GpuSystem> system = parse_gpu_system(record.system_id);
    if (run == nullptr || !system || !stands_for(platform, record.system_id)) continue;
    const auto* publication = std::get_if<Publication>(&record.result);
    PublishedTime row{.call = nccl::call_of(record.experiment, *system),
                      .chosen = publication == nullptr ? "" : publication->chosen,
                      .in_place = run->in_place,
                      .time = time_of(record),
                      .source = record.source,
                      .fitted = fitted.contains(record_id(record))};
    if (const std::vector<Record> predicted = simulate_reference(record, platform); !predicted.empty())
      row.ratio = time_of(predicted.front()) / row.time;
    rows.push_back(std::move(row));
  }
  return rows;
}

Neighbours neighbours_of(const Expectation& expected, const std::vector<PublishedTime>& rows, const Machine& machine) {
  Neighbours near;
  const std::vector<Bytes> sizes = sizes_near(expected.call, rows);
  near.same_size = sizes.size() == 1 && sizes.front() == expected.call.bytes;
  for (const Bytes size : sizes) {
    Range all, alike;
    for (const PublishedTime& row : rows) {
      if (!same_but_size(row.call, expected.call) || row.call.bytes != size) continue;
      near.rows.push_back(row);
      all.add(row.time);
      if (is_alike(row, expected, machine)) alike.add(row.time);
    }
    near.spread = std::max(near.spread, all.spread());
    near.alike += alike.rows;
    near.alike_spread = std::max(near.alike_spread, alike.spread());
    if (!near.same_size || alike.rows == 0) continue;
    near.alike_least = alike.least;
    near.alike_most = alike.most;
  }
  std::ranges::stable_sort(near.rows, {}, &PublishedTime::time);
  return near;
}

HeldOut held_out_like(const Expectation& expected, const std::vector<PublishedTime>& rows, const Machine& machine) {
  const Call& call = expected.call;
  return held_out(rows, [&](const PublishedTime& row) {
    return same_but_size(call, row.call) && regime_of(call.bytes) == regime_of(row.call.bytes) &&
           is_alike(row, expected, machine);
  });
}

HeldOut held_out_in_all(const std::vector<PublishedTime>& rows) {
  return held_out(rows, [](const PublishedTime&) { return true; });
}

bool misses_algorithm(const Expectation& expected, const std::vector<PublishedTime>& rows, const Machine& machine) {
  bool any = false;
  for (const PublishedTime& row : rows) {
    if (!row.fitted) continue;
    any = true;
    const bool as_far = (row.call.nodes > 1) == (expected.call.nodes > 1);
    if (as_far && algorithm_of(row, machine) == expected.choice.algorithm) return false;
  }
  return any;
}

}  // namespace ringtrue::expect
