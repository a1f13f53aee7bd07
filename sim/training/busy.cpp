#include "sim/training/busy.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

namespace ringtrue {
namespace {

constexpr NumberRange slowdown_range{1, 1e9};
constexpr NumberRange rate_range{1e-3, 1};

double log_of(Bytes bytes) { return std::log(static_cast<double>(std::max<std::int64_t>(1, bytes.count))); }

}  // namespace

std::optional<BusyPoint> busy_at(std::span<const BusyPoint> points, Bytes buffer) {
  if (points.empty()) return std::nullopt;
  const auto above =
      std::ranges::find_if(points, [&](const BusyPoint& point) { return point.buffer.count >= buffer.count; });
  if (above == points.end()) return points.back();
  if (above == points.begin() || above->buffer.count == buffer.count) return *above;
  const BusyPoint& below = *std::prev(above);
  const double share = (log_of(buffer) - log_of(below.buffer)) / (log_of(above->buffer) - log_of(below.buffer));
  return BusyPoint{.buffer = buffer,
                   .slowdown = std::exp(std::lerp(std::log(below.slowdown), std::log(above->slowdown), share)),
                   .computing_rate = std::lerp(below.computing_rate, above->computing_rate, share)};
}

Json to_json(const BusyPoint& point) {
  return {{"buffer_bytes", point.buffer.count}, {"slowdown", point.slowdown}, {"computing_rate", point.computing_rate}};
}

BusyPoint parse_busy_point(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  const BusyPoint point{.buffer = {reader.integer("buffer_bytes", 0, max_bytes.count)},
                        .slowdown = reader.number("slowdown", slowdown_range),
                        .computing_rate = reader.number("computing_rate", rate_range)};
  reader.finish();
  return point;
}

}  // namespace ringtrue
