#include "validate/replication/lint.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ringtrue {
namespace {

using Runs = std::vector<const ReplicatedRun*>;

double communication(const ReplicatedRun& run) { return static_cast<double>(run.result.communication.value_or(0)); }

/// How many times as long `longer` communicates; 0 where `shorter` does not at all.
double times(const ReplicatedRun& longer, const ReplicatedRun& shorter) {
  return communication(shorter) > 0 ? communication(longer) / communication(shorter) : 0;
}

/// Runs that gave numbers, of a training step and with communication in it, by workload.
std::map<std::string, Runs> training(const Replication& replication) {
  std::map<std::string, Runs> by_workload;
  for (const ReplicatedRun& run : replication.runs)
    if (run.error.empty() && !run.order.empty() && communication(run) > 0) by_workload[run.what].push_back(&run);
  return by_workload;
}

std::map<std::string, Runs> by_report(const Runs& runs) {
  std::map<std::string, Runs> reports;
  for (const ReplicatedRun* run : runs) reports[run->printed_in].push_back(run);
  return reports;
}

/// The first run of each number of NPUs.
std::map<std::int64_t, const ReplicatedRun*> by_npus(const Runs& runs) {
  std::map<std::int64_t, const ReplicatedRun*> first;
  for (const ReplicatedRun* run : runs) first.emplace(run->npus, run);
  return first;
}

void find_unused_traces(const Replication& replication, std::vector<Lint>& lints) {
  for (const ReplicatedRun& run : replication.runs) {
    if (run.traces <= run.npus || !run.error.empty()) continue;
    std::string what = fmt::format(
        "{}: {} traces on a network of {} NPUs; ASTRA-sim never opens traces {} to {}, and what it says is for {} NPUs",
        run.name, run.traces, run.npus, run.npus, run.traces - 1, run.npus);
    if (!run.note.empty()) what += fmt::format(" ({})", run.note);
    if (const ReplicatedRun* real = correction_of(replication, run.what, run.traces, run.order))
      what += fmt::format(". {} NPUs take {} cycles of communication, {:.2f} times as many", run.traces,
                          cycles_text(real->result.communication), times(*real, run));
    lints.push_back({"more-traces-than-npus", std::move(what), {}});
  }
}

/// Of one report's runs of a workload.
void find_mixed_bandwidth(const Replication& replication, const Runs& runs, std::vector<Lint>& lints) {
  const ReplicatedRun& slow = **std::ranges::min_element(runs, {}, &ReplicatedRun::bandwidth_gib_per_s);
  std::vector<std::string> factors;
  for (const auto& [npus, run] : by_npus(runs)) {
    if (run->bandwidth_gib_per_s == slow.bandwidth_gib_per_s || npus == slow.npus) continue;
    factors.push_back(fmt::format("it grows {:.2f} times from {} NPUs ({} GiB/s) to {} ({} GiB/s)", times(slow, *run),
                                  npus, run->bandwidth_gib_per_s, slow.npus, slow.bandwidth_gib_per_s));
    if (const ReplicatedRun* same = correction_of(replication, run->what, npus, run->order))
      factors.back() += fmt::format(", but {:.2f} times with {} GiB/s on both ({} NPUs: {} cycles)", times(slow, *same),
                                    same->bandwidth_gib_per_s, npus, cycles_text(same->result.communication));
  }
  if (factors.empty()) return;
  lints.push_back(
      {"mixed-bandwidth",
       fmt::format("{} in the report of {}: communication of one scaling series, but not with one bandwidth; {}",
                   slow.what, slow.printed_in, fmt::join(factors, "; ")),
       {}});
}

void find_mixed_bandwidths(const Replication& replication, std::vector<Lint>& lints) {
  for (const auto& [workload, runs] : training(replication))
    for (const auto& [report, own] : by_report(runs)) find_mixed_bandwidth(replication, own, lints);
}

void find_unit_slips(const Replication& replication, std::vector<Lint>& lints) {
  for (auto [workload, runs] : training(replication)) {
    std::erase_if(runs, [](const ReplicatedRun* run) {
      return !run->cycles_as_microseconds || run->result.compute.value_or(0) == 0;
    });
    std::vector<std::string> npus, wrong, right;
    for (const auto& [count, run] : by_npus(runs)) {
      npus.push_back(std::to_string(count));
      wrong.push_back(fmt::format("{:.2f}", 100 * overhead(run->result)));
      right.push_back(fmt::format("{:.1f}", 100 * overhead_in_own_unit(*run)));
    }
    if (npus.empty()) continue;
    lints.push_back({"unit-slip",
                     fmt::format("{}: its compute is in cycles of 1 ns and was read as microseconds, x1000. On {} NPUs "
                                 "communication seems to be {} % of the time; it is {} %",
                                 workload, fmt::join(npus, " / "), fmt::join(wrong, " / "), fmt::join(right, " / ")),
                     {}});
  }
}

void find_serial_chains(const Replication& replication, std::vector<Lint>& lints) {
  for (auto [workload, runs] : training(replication)) {
    std::erase_if(runs, [](const ReplicatedRun* run) { return run->order != "serial_chain"; });
    if (runs.empty()) continue;
    std::string what = fmt::format(
        "{}: each node waits for the one before, so that no communication can overlap with compute: all of it is "
        "exposed in each of {} runs, by construction",
        workload, runs.size());
    const std::int64_t npus = std::ranges::max(runs, {}, &ReplicatedRun::npus)->npus;
    if (const ReplicatedRun* overlapped = correction_of(replication, workload, npus, "data_parallel"))
      what += fmt::format(". Exchanged during the backward pass, {} NPUs expose {} of {} cycles", npus,
                          cycles_text(overlapped->result.exposed), cycles_text(overlapped->result.communication));
    lints.push_back({"no-overlap", std::move(what), {}});
  }
}

/// Of one report: runs of the same workload on the same network with the same numbers.
void find_duplicates(const std::string& report, const Runs& runs, std::vector<Lint>& lints) {
  std::map<std::string, std::vector<std::string>> same;
  for (const ReplicatedRun* run : runs)
    same[fmt::format("{}|{}|{}|{}|{}|{}", run->what, run->order, run->npus, run->bandwidth_gib_per_s,
                     run->cycles_as_microseconds, run->result.total.value_or(0))]
        .push_back(run->name);
  if (same.size() == runs.size()) return;
  std::vector<std::string> repeated;
  for (const auto& [key, names] : same)
    if (names.size() > 1) repeated.push_back(fmt::format("{} are one", fmt::join(names, ", ")));
  lints.push_back({"duplicate",
                   fmt::format("report of {}: {} runs with a result, {} distinct results; {}", report, runs.size(),
                               same.size(), fmt::join(repeated, "; ")),
                   {}});
}

void find_duplicates(const Replication& replication, std::vector<Lint>& lints) {
  Runs runs;
  for (const ReplicatedRun& run : replication.runs)
    if (run.error.empty()) runs.push_back(&run);
  for (const auto& [report, own] : by_report(runs)) find_duplicates(report, own, lints);
}

void find_others(const Replication& replication, std::vector<Lint>& lints) {
  for (const NotARun& entry : replication.not_runs)
    lints.push_back({"not-a-run", fmt::format("{}: {}", entry.name, entry.why), {}});
  for (const ReplicatedRun& run : replication.runs)
    if (judge(run) == Replicated::differs)
      lints.push_back({"not-reproduced", fmt::format("{}: our backend does not give what was printed", run.name), {}});
}

}  // namespace

std::vector<Lint> lint_replication(const Replication& replication) {
  std::vector<Lint> lints;
  for (const auto rule : {find_unit_slips, find_unused_traces, find_mixed_bandwidths, find_serial_chains})
    rule(replication, lints);
  find_duplicates(replication, lints);
  find_others(replication, lints);
  for (Lint& lint : lints) lint.about = replication.name;
  return lints;
}

}  // namespace ringtrue
