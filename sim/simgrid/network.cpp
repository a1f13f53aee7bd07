// Ping-pongs and exchanges of one number of ranks become lines, one a protocol and a way (within a host, between
// hosts): T(m) = start + slope x m of a message alone, E(m) of a message where all ranks send and receive at once. An
// exchange of R chunks takes R times what a message takes; a chunk cut into segments counts as that many messages.
//
// capacity  of a host's memory or link: the messages that go at once over the slope of E above the eager limit, or the
//           rate that the system names.
//
// Near and far partners (one core or two) are one way to SMPI, which knows hosts and no cores; their points are pooled.

#include "sim/simgrid/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/cluster/fit.hpp"

namespace ringtrue::simgrid {
namespace {

constexpr double least_start_s = 1e-9;
/// Stands for "as fast as the capacity allows": 1 PB/s.
constexpr double least_per_byte_s = 1e-15;

/// Weighted sums of a straight line, weight 1/y^2.
struct Sums {
  double w = 0, x = 0, y = 0, xx = 0, xy = 0;
};

Sums sums_of(std::span<const Point> points) {
  Sums s;
  for (const Point& p : points) {
    const double w = 1 / (p.seconds * p.seconds);
    s.w += w;
    s.x += w * p.bytes;
    s.y += w * p.seconds;
    s.xx += w * p.bytes * p.bytes;
    s.xy += w * p.bytes * p.seconds;
  }
  return s;
}

std::optional<Bandwidth> link_rate(const System& system) {
  if (system.link_bits_per_s == 0) return std::nullopt;
  return Bandwidth{static_cast<double>(system.link_bits_per_s) / 8};
}

/// Ranks of host 0 that have a partner at `stride` when all ranks pair up: messages leaving it at once.
int exchanging(int stride, int ranks, const System& system) {
  int count = 0;
  for (int rank = 0; rank < ranks && host_of_rank(rank, ranks, system) == 0; ++rank) {
    const int partner = (rank / stride) % 2 == 0 ? rank + stride : rank - stride;
    if (partner < ranks) ++count;
  }
  return std::max(count, 1);
}

struct Points {
  std::vector<Point> alone, together;
  int sharing = 1;
};

class PathFit {
 public:
  PathFit(const Calibration& calibration, const std::string& system_id, int ranks, const std::string& state)
      : fit_(calibration, system_id, all_launches_), system_(parse_system_id(system_id, "measured file")) {
    for (const CalibrationRow& row : calibration.rows)
      if (row.system_id == system_id && row.experiment.ranks == ranks) take(row, state);
  }

  std::optional<Path> path(bool between_hosts, Bytes largest_eager) const;

 private:
  void take(const CalibrationRow& row, const std::string& state);
  Points& points_of(int stride, int ranks) { return host_of_rank(stride, ranks, system_) == 0 ? memory_ : link_; }

  const LaunchDraw all_launches_;
  SystemFit fit_;
  System system_;
  Points memory_, link_;
};

void PathFit::take(const CalibrationRow& row, const std::string& state) {
  const int ranks = row.experiment.ranks;
  const auto time_s = [&] { return std::max(1e-12, fit_.time_of(row, state).time.count()); };
  if (const auto* p = std::get_if<PingPong>(&row.experiment.workload)) {
    points_of(p->stride, ranks).alone.push_back({static_cast<double>(p->bytes.count), time_s() / (2 * p->repetitions)});
  } else if (const auto* e = std::get_if<Exchange>(&row.experiment.workload);
             e != nullptr && e->repetitions > 1 && !e->fresh) {
    const Pieces pieces = pieces_of(e->bytes, ranks, e->repetitions, e->segmentation.segment);
    Points& points = points_of(e->stride, ranks);
    points.together.push_back({static_cast<double>(pieces.message.count), time_s() / pieces.count});
    points.sharing = std::max(points.sharing, exchanging(e->stride, ranks, system_));
  }
}

std::vector<Point> between(const std::vector<Point>& points, double above, double up_to) {
  std::vector<Point> inside;
  for (const Point& p : points)
    if (p.bytes > above && p.bytes <= up_to) inside.push_back(p);
  return inside;
}

/// A protocol that was not met is like the other one.
Line line_of(const std::vector<Point>& points, double above, double up_to) {
  const std::vector<Point> inside = between(points, above, up_to);
  return fit_line(inside.empty() ? points : inside);
}

std::optional<Path> PathFit::path(bool between_hosts, Bytes largest_eager) const {
  const Points& points = between_hosts ? link_ : memory_;
  if (points.alone.empty() || points.together.empty()) return std::nullopt;
  const auto border = static_cast<double>(largest_eager.count);
  const auto largest = static_cast<double>(max_bytes.count);
  Path path{.protocols = {}, .sharing = points.sharing, .capacity = {}};
  if (border > 0)
    path.protocols.push_back(
        {.above = {0}, .alone = line_of(points.alone, -1, border), .together = line_of(points.together, -1, border)});
  path.protocols.push_back({.above = largest_eager,
                            .alone = line_of(points.alone, border, largest),
                            .together = line_of(points.together, border, largest)});
  const Protocol& last = path.protocols.back();
  const std::optional<Bandwidth> named = between_hosts ? link_rate(system_) : std::nullopt;
  path.capacity = named.value_or(Bandwidth{std::max(path.sharing / std::max(least_per_byte_s, last.together.per_byte_s),
                                                    1 / std::max(least_per_byte_s, last.alone.per_byte_s))});
  return path;
}

}  // namespace

Line fit_line(std::span<const Point> points) {
  const Sums s = sums_of(points);
  const double spread = s.w * s.xx - s.x * s.x;
  if (spread <= 1e-9 * s.w * s.xx) return {.start_s = std::max(least_start_s, s.y / s.w), .per_byte_s = 0};
  Line line{.start_s = 0, .per_byte_s = (s.w * s.xy - s.x * s.y) / spread};
  line.start_s = (s.y - line.per_byte_s * s.x) / s.w;
  if (line.per_byte_s < 0) return {.start_s = std::max(least_start_s, s.y / s.w), .per_byte_s = 0};
  if (line.start_s >= least_start_s) return line;
  return {.start_s = least_start_s, .per_byte_s = std::max(0.0, (s.xy - least_start_s * s.x) / s.xx)};
}

Network fit_network(const Calibration& calibration, const std::string& system_id, int ranks, const std::string& state) {
  const PathFit fit(calibration, system_id, ranks, state);
  const auto eager = calibration.eager_limits.find(system_id);
  Network network{
      .system = parse_system_id(system_id, "measured file"),
      .ranks = ranks,
      .largest_eager = eager == calibration.eager_limits.end() ? Bytes{0} : largest_eager_message(eager->second),
      .memory = {},
      .link = {}};
  network.memory = fit.path(false, network.largest_eager);
  if (network.system.hosts > 1) network.link = fit.path(true, network.largest_eager);
  if (network.system.hosts > 1 ? network.link.has_value() : network.memory.has_value()) return network;
  throw Error(
      fmt::format("{}, {} ranks: SimGrid's network needs a 'ping_pong' and an 'exchange' with repetitions above 1 {}; "
                  "add them to the calibrate part of the suite",
                  system_id, ranks, network.system.hosts > 1 ? "between hosts" : "within the host"));
}

}  // namespace ringtrue::simgrid
