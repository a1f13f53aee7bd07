#include "sim/cluster/cost_table.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>
#include <utility>

namespace ringtrue {
namespace {

double to_double(Bytes bytes) { return static_cast<double>(bytes.count); }

double log_of(Bytes bytes) { return std::log(std::max(1.0, to_double(bytes))); }
double log_buffer(const CostPoint& point) { return log_of(point.buffer); }

/// Linear between neighbours in x, held at the left end, continued along the last two points at the right end.
template <class X>
Seconds interpolate(std::span<const CostPoint> points, double x, X coordinate) {
  if (points.size() == 1 || x <= coordinate(points.front())) return points.front().cost;
  const auto above = std::ranges::find_if(points.subspan(1), [&](const CostPoint& p) { return x <= coordinate(p); });
  const auto right =
      above == points.subspan(1).end() ? points.end() - 1 : points.begin() + 1 + (above - points.subspan(1).begin());
  const CostPoint& a = *(right - 1);
  const CostPoint& b = *right;
  const double share = (x - coordinate(a)) / (coordinate(b) - coordinate(a));
  return std::max(Seconds{0}, a.cost + share * (b.cost - a.cost));
}

/// Ascending by buffer, several measurements of one buffer as their mean (near and far partners may both sit on another
/// core), so that no line is drawn through two points above each other.
std::vector<CostPoint> one_per_buffer(std::vector<CostPoint> points) {
  std::ranges::stable_sort(points, {}, &CostPoint::buffer);
  std::vector<CostPoint> merged;
  for (auto first = points.begin(); first != points.end();) {
    const auto last = std::find_if(first, points.end(), [&](const CostPoint& p) { return p.buffer != first->buffer; });
    Seconds sum{};
    for (auto p = first; p != last; ++p) sum += p->cost;
    merged.push_back({first->message, first->buffer, sum / static_cast<double>(last - first)});
    first = last;
  }
  return merged;
}

}  // namespace

CostTable::CostTable(std::vector<CostPoint> points, Bytes border)
    : points_(one_per_buffer(std::move(points))), border_(border) {
  for (const CostPoint& point : points_) {
    bytes_.push_back({{1}, point.buffer, point.cost / std::max(1.0, to_double(point.message))});
    if (growing_.empty() || point.message > growing_.back().message) growing_.push_back(point);
    if (point.message == points_.back().message) cold_.push_back(point);
  }
}

Seconds CostTable::by_message(Bytes message) const {
  const auto first_above =
      std::ranges::find_if(growing_, [&](const CostPoint& p) { return border_.count > 0 && p.message > border_; });
  const std::span<const CostPoint> below(growing_.begin(), first_above);
  const std::span<const CostPoint> above(first_above, growing_.end());
  const bool crosses = border_.count > 0 && message > border_;
  const std::span<const CostPoint> piece = (crosses && !above.empty()) || below.empty() ? above : below;
  return interpolate(piece, to_double(message), [](const CostPoint& p) { return to_double(p.message); });
}

/// A piece of a buffer larger than the one its message was measured in finds its bytes farther away: it pays the
/// difference per byte that the largest message paid between the two buffers.
Seconds CostTable::cold_surcharge(Bytes message, Bytes buffer) const {
  const Seconds near = cold_.front().cost;
  const Seconds far = interpolate(cold_, log_of(buffer), log_buffer);
  return (far - near) * (to_double(message) / to_double(cold_.front().message));
}

Seconds CostTable::per_byte(Bytes buffer) const {
  assert(!points_.empty());
  return interpolate(bytes_, log_of(std::min(buffer, points_.back().buffer)), log_buffer);
}

Cost CostTable::at(Bytes message, Bytes buffer) const {
  assert(!points_.empty());
  const bool extrapolated = message > points_.back().message || buffer > points_.back().buffer;
  const Seconds cost = by_message(message) + cold_surcharge(message, std::max(buffer, cold_.front().buffer));
  return {.time = std::max(Seconds{0}, cost), .extrapolated = extrapolated};
}

}  // namespace ringtrue
