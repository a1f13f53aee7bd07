#include "sim/expect/diagnosis.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace ringtrue::expect {
namespace {

double distance(Seconds a, Seconds b) { return std::abs(std::log(a / b)); }

/// Of NCCL's algorithms and protocols, whatever the call forces.
Seconds least_bound(const Expectation& expected, const nccl::Machine& machine) {
  nccl::Call open = expected.call;
  open.algorithm = Algorithm::library;
  open.protocol.reset();
  Seconds least = expected.bound;
  for (const Alternative& a : alternatives(open, machine))
    least = std::min(least, bandwidth_bound(open, a.choice, machine));
  return least;
}

/// Most normal rows that may contradict a cause, as a share of those that it explains.
constexpr double most_contradicted = 0.25;

struct Tally {
  LogCause so_far;
  double distances = 0;

  void add(const LogRow& row, const Cause& cause) {
    const double off = row.measured < cause.least  ? distance(row.measured, cause.least)
                       : row.measured > cause.most ? distance(row.measured, cause.most)
                                                   : 0;
    const bool agrees = off <= row.uncertainty.width;
    if (row.verdict == Verdict::normal) {
      so_far.contradicted += agrees || !cause.computed() ? 0 : 1;  // what a range stands for comes and goes
      return;
    }
    if (!agrees) return;
    const Bytes bytes = row.expected.call.bytes;
    if (so_far.explained++ == 0) so_far = {cause, 1, so_far.contradicted, bytes, bytes};
    so_far.least = std::min(so_far.least, bytes);
    so_far.most = std::max(so_far.most, bytes);
    distances += off;
  }
};

constexpr std::size_t most_named = 4;

}  // namespace

Diagnosis diagnose(Seconds measured, Verdict verdict, const Expectation& expected, const nccl::Machine& machine) {
  Diagnosis d;
  if (verdict == Verdict::normal) return d;
  d.beats_bound = measured < least_bound(expected, machine);
  std::vector<Cause> computed;
  for (Cause& cause : known_causes(expected, machine)) {
    if (cause.computed())
      computed.push_back(std::move(cause));
    else if (cause.least <= measured && measured <= cause.most)
      d.possible.push_back(std::move(cause));
  }
  std::ranges::stable_sort(computed, {}, [&](const Cause& cause) { return distance(measured, cause.least); });
  for (const Cause& cause : computed)
    if (distance(measured, cause.least) <= std::log1p(fit_within)) d.fits.push_back(cause);
  if (d.fits.empty())
    d.nearest.assign(computed.begin(), computed.begin() + std::min<std::ptrdiff_t>(2, std::ssize(computed)));
  return d;
}

std::vector<LogCause> diagnose(const std::vector<LogRow>& rows, const nccl::Machine& machine) {
  const auto abnormal =
      static_cast<int>(std::ranges::count_if(rows, [](const LogRow& row) { return row.verdict != Verdict::normal; }));
  std::map<std::string, Tally> tallies;
  for (const LogRow& row : rows)
    for (const Cause& cause : known_causes(row.expected, machine)) tallies[cause.id].add(row, cause);
  std::vector<Tally> good;
  for (const auto& [id, tally] : tallies) {
    const LogCause& c = tally.so_far;
    if (c.contradicted <= most_contradicted * c.explained && c.explained >= std::clamp(abnormal, 1, 2))
      good.push_back(tally);
  }
  std::ranges::stable_sort(good, {}, [](const Tally& tally) {
    const LogCause& c = tally.so_far;
    return std::tuple(!c.cause.computed(), c.contradicted - c.explained, tally.distances);
  });
  std::vector<LogCause> causes;
  for (std::size_t i = 0; i < std::min(good.size(), most_named); ++i) causes.push_back(good[i].so_far);
  return causes;
}

}  // namespace ringtrue::expect
