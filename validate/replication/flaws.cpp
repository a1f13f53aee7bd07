// What is wrong with published experiments, found in the runs themselves.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "validate/replication/replication.hpp"

namespace ringtrue {
namespace {

using Runs = std::vector<const ReplicatedRun*>;

double value(const std::optional<std::uint64_t>& cycles) { return static_cast<double>(cycles.value_or(0)); }

double overhead_percent(double communication, double compute) {
  return 100 * communication / (communication + compute);
}

/// Runs that gave a number, by workload.
std::map<std::string, Runs> series(const std::vector<ReplicatedRun>& runs) {
  std::map<std::string, Runs> by_workload;
  for (const ReplicatedRun& run : runs)
    if (run.error.empty() && !run.printed_failure) by_workload[run.what + run.order].push_back(&run);
  return by_workload;
}

const ReplicatedRun* correction(const Replication& replication, const ReplicatedRun& run, std::int64_t npus,
                                std::string_view order) {
  for (const ReplicatedRun& candidate : replication.corrections)
    if (candidate.what == run.what && candidate.npus == npus && candidate.order == order && candidate.error.empty())
      return &candidate;
  return nullptr;
}

void find_unused_traces(const Replication& replication, std::vector<Flaw>& flaws) {
  for (const ReplicatedRun& run : replication.runs) {
    if (run.traces <= run.npus || !run.error.empty()) continue;
    std::string what = fmt::format(
        "{}: {} traces on a network of {} NPUs; those from {} on were never opened, and the numbers are the ones for "
        "{} NPUs",
        run.name, run.traces, run.npus, run.npus, run.npus);
    if (const ReplicatedRun* real = correction(replication, run, run.traces, run.order))
      what += fmt::format(". {} NPUs really take {} cycles of communication, {:.2f} times as many", run.traces,
                          real->result.communication.value_or(0),
                          value(real->result.communication) / value(run.result.communication));
    flaws.push_back({"more-traces-than-npus", std::move(what)});
  }
}

void find_mixed_bandwidths(const Replication& replication, std::vector<Flaw>& flaws) {
  for (const auto& [workload, runs] : series(replication.runs)) {
    const auto [slow, fast] =
        std::ranges::minmax(runs, {}, [](const ReplicatedRun* run) { return run->bandwidth_gib_per_s; });
    if (slow->bandwidth_gib_per_s == fast->bandwidth_gib_per_s) continue;
    std::string what = fmt::format(
        "{}: one series over {} and {} NPUs, but with links of {} and {} GiB/s: their ratio {:.2f} in communication is "
        "not scaling",
        slow->what, fast->npus, slow->npus, fast->bandwidth_gib_per_s, slow->bandwidth_gib_per_s,
        value(slow->result.communication) / value(fast->result.communication));
    if (const ReplicatedRun* same = correction(replication, *fast, fast->npus, fast->order))
      what += fmt::format(". With {} GiB/s on both, {} NPUs take {} cycles and the ratio is {:.2f}",
                          same->bandwidth_gib_per_s, same->npus, same->result.communication.value_or(0),
                          value(slow->result.communication) / value(same->result.communication));
    flaws.push_back({"mixed-bandwidth", std::move(what)});
  }
}

void find_unit_slips(const Replication& replication, std::vector<Flaw>& flaws) {
  std::set<std::int64_t> told;
  for (const ReplicatedRun& run : replication.runs) {
    if (!run.cycles_as_microseconds || !run.error.empty() || !run.printed.compute || !told.insert(run.npus).second)
      continue;
    const double communication = value(run.result.communication), compute = value(run.result.compute);
    flaws.push_back(
        {"unit-slip",
         fmt::format(
             "{}: the layer table gives compute in cycles of 1 ns and was read as microseconds, x1000: communication "
             "looks like {:.2f} % of the time; in the right unit it is {:.1f} %",
             run.name, overhead_percent(communication, compute), overhead_percent(communication, compute / 1000))});
  }
}

void find_serial_chains(const Replication& replication, std::vector<Flaw>& flaws) {
  for (const auto& [workload, runs] : series(replication.runs)) {
    const ReplicatedRun& run = *runs.front();
    if (run.order != "serial_chain") continue;
    std::string what = fmt::format(
        "{}: every node waits for the one before, so that no communication can overlap with compute: all of it is "
        "exposed "
        "in all {} runs, by construction",
        run.what, runs.size());
    for (const ReplicatedRun* r : runs) {
      const ReplicatedRun* overlapped = correction(replication, *r, r->npus, "data_parallel");
      const ReplicatedRun* serial = correction(replication, *r, r->npus, "serial_chain");
      if (overlapped == nullptr || serial == nullptr) continue;
      what += fmt::format(". With overlap and the right unit {} NPUs expose {} of {} cycles", r->npus,
                          overlapped->result.exposed.value_or(0), overlapped->result.communication.value_or(0));
      break;
    }
    flaws.push_back({"no-overlap", std::move(what)});
  }
}

void find_duplicates(const Replication& replication, std::vector<Flaw>& flaws) {
  std::size_t numbers = 0, failures = 0;
  std::map<std::string, std::vector<std::string>> same;
  for (const ReplicatedRun& run : replication.runs) {
    if (run.printed_failure || !run.printed.total) {
      failures += run.printed_failure ? 1 : 0;
      continue;
    }
    ++numbers;
    same[fmt::format("{} {} {} {}", run.what, run.npus, run.bandwidth_gib_per_s, run.result.total.value_or(0))]
        .push_back(run.name);
  }
  for (const auto& [what, names] : same)
    if (names.size() > 1)
      flaws.push_back({"duplicate",
                       fmt::format("{} are the same run: same workload, network and numbers", fmt::join(names, "; "))});
  flaws.push_back({"duplicate", fmt::format("{} runs that printed a total are {} distinct results; {} runs failed",
                                            numbers, same.size(), failures)});
}

}  // namespace

std::vector<Flaw> find_flaws(const Replication& replication) {
  std::vector<Flaw> flaws;
  find_unused_traces(replication, flaws);
  find_mixed_bandwidths(replication, flaws);
  find_unit_slips(replication, flaws);
  find_serial_chains(replication, flaws);
  find_duplicates(replication, flaws);
  return flaws;
}

}  // namespace ringtrue
