#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/record/record.hpp"
#include "experiment/suite.hpp"

namespace ringtrue {

/// What a rank does during one operation: starts a send or a receive, waits for one to end (the library moves the data
/// meanwhile), reduces, copies.
enum class PhaseKind { send, receive, wait_send, wait_receive, reduce, copy };
inline constexpr std::array all_phase_kinds{PhaseKind::send,         PhaseKind::receive, PhaseKind::wait_send,
                                            PhaseKind::wait_receive, PhaseKind::reduce,  PhaseKind::copy};

/// One operation of one rank. Times count from the first rank's start of the iteration.
struct Phase {
  PhaseKind kind = PhaseKind::send;
  int rank = 0;
  Seconds begin{}, end{};
  Bytes bytes{};      ///< Of the message, or what is reduced or copied.
  int operation = 0;  ///< Index in the rank's schedule.
  int peer = -1;      ///< Of a message; -1 for reduce and copy.
  int started = -1;   ///< Operation that started the message; -1 for reduce and copy.
  bool operator==(const Phase&) const = default;
};

/// How a measured timeline came about, so that a reader can judge what recording did to it.
struct Recording {
  int iterations = 1;      ///< Recorded; the timeline is the one with the median makespan.
  Seconds clock_read{};    ///< One reading of the clock; each operation pays for one.
  Seconds plain_median{};  ///< Median makespan of the same row when nothing was recorded.
  /// False: each rank's times count from its own start, and the makespan is the longest of the ranks' own times.
  bool common_clock = true;
  Canary canary;
};

/// What every rank did during one iteration.
struct Timeline {
  Experiment experiment;
  std::string system_id;
  std::string source;                  ///< The tool that measured, or the model.
  std::string state;                   ///< The machine state a simulation stands for, empty if any.
  Seconds makespan{};                  ///< First start to last end; a model may add to it what no operation takes.
  std::optional<Recording> recording;  ///< Nothing: simulated.
  std::vector<Phase> phases;           ///< Rank by rank in the order of operations; those of a rank never overlap.
};

/// The phases of one rank. `times` says when each operation of its schedule began, and when the last one ended: one
/// value more than operations. A wait where nothing was started is left out. Throws Error if the experiment has no
/// schedule; requires ascending times.
std::vector<Phase> phases_of(const Experiment& experiment, int rank, std::span<const Seconds> times);

/// The rows to make timelines of: the one whose experiment_key is `key`, or every scored one of ours if it is empty.
/// Throws Error, opened by `where`, if there is none (and names the nearest key) or if it has no schedule of ours.
std::vector<SuiteRow> timeline_rows(std::span<const SuiteRow> rows, const std::string& key, const std::string& where);

/// Time spent in each kind of phase (index: PhaseKind).
using PhaseTotals = std::array<Seconds, all_phase_kinds.size()>;
/// Of one rank, or of all ranks together.
PhaseTotals phase_totals(const Timeline& timeline, std::optional<int> rank = {});

/// measured or simulated
std::string_view origin_name(const Timeline& timeline);
std::string_view to_string(PhaseKind kind);

}  // namespace ringtrue
