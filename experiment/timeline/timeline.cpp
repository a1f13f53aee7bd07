#include "experiment/timeline/timeline.hpp"

#include <cassert>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue {
namespace {

/// What was last started in a slot of the schedule; the wait for it is named after it.
struct Started {
  PhaseKind wait = PhaseKind::wait_receive;
  int peer = -1, operation = -1;
  Bytes bytes;
};

/// Turns one rank's operations into phases, one after the other.
class Namer {
 public:
  Namer(int rank, int slots) : rank_(rank), slots_(static_cast<std::size_t>(slots)) {}

  /// Nothing for a wait where no message was started.
  std::optional<Phase> name(const Operation& operation, int index) {
    switch (operation.kind) {
      case OperationKind::isend: return start(operation, index, PhaseKind::send, PhaseKind::wait_send);
      case OperationKind::irecv: return start(operation, index, PhaseKind::receive, PhaseKind::wait_receive);
      case OperationKind::wait: return end(operation, index);
      case OperationKind::reduce: return local(operation, index, PhaseKind::reduce);
      case OperationKind::copy: return local(operation, index, PhaseKind::copy);
    }
    throw std::logic_error("Namer: not an operation");
  }

 private:
  Started& slot(const Operation& operation) { return slots_[static_cast<std::size_t>(operation.slot)]; }

  Phase phase(PhaseKind kind, Bytes bytes, int index) const {
    return {.kind = kind, .rank = rank_, .bytes = bytes, .operation = index};
  }
  Phase local(const Operation& operation, int index, PhaseKind kind) const {
    return phase(kind, {operation.span.length}, index);
  }
  Phase message(const Started& started, PhaseKind kind, int index) const {
    Phase named = phase(kind, started.bytes, index);
    named.peer = started.peer;
    named.started = started.operation;
    return named;
  }
  Phase start(const Operation& operation, int index, PhaseKind kind, PhaseKind wait) {
    slot(operation) = {.wait = wait, .peer = operation.peer, .operation = index, .bytes = {operation.span.length}};
    return message(slot(operation), kind, index);
  }
  std::optional<Phase> end(const Operation& operation, int index) {
    const Started started = slot(operation);
    if (started.operation < 0) return std::nullopt;
    slot(operation) = {};
    return message(started, started.wait, index);
  }

  int rank_;
  std::vector<Started> slots_;
};

bool has_schedule(const Experiment& experiment) {
  return std::visit(
      Overloaded{[](const CollectiveRun& run) { return is_ours(run.algorithm); }, [](const Exchange&) { return true; },
                 [](const PingPong&) { return true; }, [](const auto&) { return false; }},
      experiment.workload);
}

std::vector<SuiteRow> scored_rows(std::span<const SuiteRow> rows, const std::string& where) {
  std::vector<SuiteRow> scored;
  for (const SuiteRow& row : rows)
    if (row.purpose == Purpose::score && has_schedule(row.experiment)) scored.push_back(row);
  if (scored.empty()) throw Error(where + ": no scored row has an algorithm of ours; name the row you want");
  return scored;
}

}  // namespace

std::vector<SuiteRow> timeline_rows(std::span<const SuiteRow> rows, const std::string& key, const std::string& where) {
  if (key.empty()) return scored_rows(rows, where);
  std::vector<std::string> keys;
  for (const SuiteRow& row : rows) {
    keys.push_back(experiment_key(row.experiment));
    if (keys.back() != key) continue;
    if (has_schedule(row.experiment)) return {row};
    throw Error(
        fmt::format("{}: {} has no schedule of ours, whose operations could be followed; choose a collective with an "
                    "algorithm of ours, an exchange or a ping_pong",
                    where, key));
  }
  const std::vector<std::string_view> known(keys.begin(), keys.end());
  throw Error(fmt::format("{}: there is no row '{}'{}; the {} rows are named like {}", where, excerpt(key, 128),
                          did_you_mean(key, known), keys.size(), keys.empty() ? "" : keys.front()));
}

std::vector<Phase> phases_of(const Experiment& experiment, int rank, std::span<const Seconds> times) {
  Schedule schedule(experiment, rank);
  Namer namer(rank, schedule.slots());
  std::vector<Phase> phases;
  std::size_t index = 0;
  while (const std::optional<Operation> operation = schedule.next()) {
    assert(index + 1 < times.size() && "one time more than operations");
    std::optional<Phase> phase = namer.name(*operation, static_cast<int>(index));
    if (phase) {
      phase->begin = times[index];
      phase->end = times[index + 1];
      phases.push_back(*phase);
    }
    ++index;
  }
  assert(index + 1 == times.size() && "one time more than operations");
  return phases;
}

PhaseTotals phase_totals(const Timeline& timeline, std::optional<int> rank) {
  PhaseTotals totals{};
  for (const Phase& phase : timeline.phases)
    if (!rank || phase.rank == *rank) totals[static_cast<std::size_t>(phase.kind)] += phase.end - phase.begin;
  return totals;
}

std::string_view origin_name(const Timeline& timeline) { return timeline.recording ? "measured" : "simulated"; }

std::string_view to_string(PhaseKind kind) {
  switch (kind) {
    case PhaseKind::send: return "send";
    case PhaseKind::receive: return "receive";
    case PhaseKind::wait_send: return "wait_send";
    case PhaseKind::wait_receive: return "wait_receive";
    case PhaseKind::reduce: return "reduce";
    case PhaseKind::copy: return "copy";
  }
  throw std::logic_error("to_string: not a phase kind");
}

}  // namespace ringtrue
