#include "sim/timeline/phase_table.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

namespace ringtrue {
namespace {

constexpr int most_ranks_shown = 16;

/// A line of the table: every kind of phase, the rest, the makespan.
using Line = std::array<double, all_phase_kinds.size() + 2>;

constexpr std::array<std::string_view, std::tuple_size_v<Line>> heads{"send",   "receive", "wait_send", "wait_receive",
                                                                      "reduce", "copy",    "rest",      "makespan"};

/// The mean over ranks without `rank`.
Line line_of(const Timeline& timeline, std::optional<int> rank) {
  const PhaseTotals totals = phase_totals(timeline, rank);
  const double ranks = rank ? 1 : timeline.experiment.ranks;
  Line line{};
  for (std::size_t i = 0; i < totals.size(); ++i) line[i] = totals[i].count() * 1e6 / ranks;
  line.back() = timeline.makespan.count() * 1e6;
  line[totals.size()] = line.back() - std::accumulate(line.begin(), line.begin() + totals.size(), 0.0);
  return line;
}

std::string row_text(std::string_view whose, const std::string& who, const Line& line) {
  std::string text = fmt::format("{:<8}{:<16}", whose, who);
  for (std::size_t i = 0; i < line.size(); ++i)
    text +=
        fmt::format(" {:>{}.2f}", std::abs(line[i]) < 0.005 ? 0 : line[i], std::max<std::size_t>(heads[i].size(), 9));
  return text + "\n";
}

std::string head_text() {
  std::string text = fmt::format("{:<24}", "microseconds");
  for (const std::string_view head : heads) text += fmt::format(" {:>9}", head);
  return text + "\n";
}

std::string name_of(const Timeline& simulated) {
  return simulated.state.empty() ? simulated.source : simulated.source + ", " + simulated.state;
}

std::string block(std::optional<int> rank, const Timeline& measured, std::span<const Timeline> simulated) {
  const Line reference = line_of(measured, rank);
  std::string text = row_text(rank ? fmt::format("rank {}", *rank) : "mean", "measured", reference);
  for (const Timeline& timeline : simulated) {
    const Line line = line_of(timeline, rank);
    Line difference{};
    std::ranges::transform(line, reference, difference.begin(), std::minus<>{});
    text += row_text("", name_of(timeline), line) + row_text("", "  difference", difference);
  }
  return text;
}

std::string error_text(double simulated, double reference) {
  const double error = simulated / reference - 1;
  return fmt::format("{:.1f} % too {}", std::abs(error) * 100, error < 0 ? "fast" : "slow");
}

/// How far the makespan is off, and which column is farthest off.
std::string verdict(const Timeline& measured, const Timeline& simulated) {
  const Line reference = line_of(measured, {}), line = line_of(simulated, {});
  std::size_t worst = 0;
  for (std::size_t i = 1; i + 1 < line.size(); ++i)
    if (std::abs(line[i] - reference[i]) > std::abs(line[worst] - reference[worst])) worst = i;
  return fmt::format(
      "{}: {} for this iteration, {} for the median without recording; farthest off in {}, by {:+.2f} "
      "us a rank\n",
      name_of(simulated), error_text(line.back(), reference.back()),
      error_text(simulated.makespan.count(), measured.recording->plain_median.count()), heads[worst],
      line[worst] - reference[worst]);
}

std::string judge_recording(const Timeline& measured) {
  const Recording& r = *measured.recording;
  const double phases = static_cast<double>(measured.phases.size()) / measured.experiment.ranks;
  const double clock_us = r.clock_read.count() * 1e6;
  return fmt::format(
      "measured: the median of {} iterations; a reading of the clock in each of {:.1f} phases a rank "
      "takes {:.2f} us in all; the median makespan without recording is {:.2f} us{}\n",
      r.iterations, phases, phases * clock_us, r.plain_median.count() * 1e6,
      r.common_clock ? "" : "; no common clock, so each rank counts from its own start");
}

}  // namespace

std::string phase_table(const Timeline& measured, std::span<const Timeline> simulated) {
  std::string text = fmt::format("{} on {}\n", experiment_key(measured.experiment), measured.system_id) + head_text();
  text += block({}, measured, simulated);
  const int ranks = measured.experiment.ranks;
  for (int rank = 0; rank < ranks && ranks <= most_ranks_shown; ++rank) text += block(rank, measured, simulated);
  for (const Timeline& timeline : simulated) text += verdict(measured, timeline);
  return text + judge_recording(measured);
}

}  // namespace ringtrue
