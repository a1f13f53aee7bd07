// What matters first: whether the published numbers come out, what they should have said, what is wrong with them; the
// runs one by one come last.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

Paragraph summary_of(const Replication& replication) {
  std::size_t exact = 0, failing = 0;
  for (const ReplicatedRun& run : replication.runs) {
    exact += judge(run) == Replicated::exact ? 1 : 0;
    failing += judge(run) == Replicated::failed_as_printed ? 1 : 0;
  }
  const std::size_t differing = replication.runs.size() - exact - failing;
  std::string text = fmt::format(
      ": of {}, {} out of our implementation of ASTRA-sim's analytical backend cycle for cycle (1 cycle is 1 ns), {}, "
      "and {}.",
      count_of(replication.runs.size(), "published run"), exact == 1 ? "1 comes" : fmt::format("{} come", exact),
      failing == 1 ? "1 fails as it did" : fmt::format("{} fail as they did", failing),
      differing == 0 ? "none differs" : fmt::format("{} DIFFER{}", differing, differing == 1 ? "S" : ""));
  return {{{replication.name, true}, {std::move(text)}}};
}

/// The published run meant to be one of `npus` NPUs, of a workload that is a training step.
const ReplicatedRun* published_run(const Replication& replication, const ReplicatedRun& correction) {
  for (const ReplicatedRun& run : replication.runs)
    if (run.traces == correction.npus && run.what == correction.what && run.error.empty()) return &run;
  return nullptr;
}

std::string overhead_text(const ReplicatedRun* run) {
  return run == nullptr ? "-" : format_percent(overhead(run->result));
}

std::string printed_overhead(const ReplicatedRun* run) {
  if (run == nullptr || !run->printed.exposed || !run->printed.compute) return "-";
  return format_percent(overhead(run->printed));
}

std::string own_unit_text(const ReplicatedRun* run) {
  if (run == nullptr || run->traces != run->npus) return "-";
  return format_percent(overhead_in_own_unit(*run));
}

std::string exposed_text(const ReplicatedRun* run) {
  return run == nullptr ? "-" : fmt::format("{} ({})", cycles_text(run->result.exposed), overhead_text(run));
}

std::vector<std::string> correction_row(const Replication& replication, const ReplicatedRun& serial) {
  const ReplicatedRun* published = published_run(replication, serial);
  const ReplicatedRun* overlapped = correction_of(replication, serial.what, serial.npus, "data_parallel");
  return {serial.what,
          fmt::format("{}", serial.npus),
          published == nullptr ? "-" : cycles_text(published->printed.communication),
          published == nullptr ? "-" : fmt::format("{} x {}", published->npus, published->bandwidth_gib_per_s),
          printed_overhead(published),
          own_unit_text(published),
          serial.error.empty() ? cycles_text(serial.result.communication) : "error",
          serial.error.empty() ? overhead_text(&serial) : "-",
          exposed_text(overlapped)};
}

/// One row a number of NPUs: what was printed beside what should have been.
Table corrections_table(const Replication& replication) {
  Table table{{{"workload"},
               {"NPUs", Align::right},
               {"printed communication, cycles", Align::right},
               {"run with NPUs x GiB/s", Align::right},
               {"overhead as printed", Align::right},
               {"overhead of that run, right unit", Align::right},
               {"corrected communication, cycles", Align::right},
               {"corrected overhead", Align::right},
               {"exposed with overlap, cycles (overhead)", Align::right}},
              {}};
  for (const ReplicatedRun& run : replication.corrections)
    if (run.order == "serial_chain") table.rows.push_back(correction_row(replication, run));
  return table;
}

std::string verdict_text(const ReplicatedRun& run) {
  std::string text(to_string(judge(run)));
  if (!run.error.empty()) return fmt::format("{}: {}", text, run.error);
  if (judge(run) != Replicated::differs) return text;
  return fmt::format("{}: total {}, communication {}, compute {}", text, cycles_text(run.result.total),
                     cycles_text(run.result.communication), cycles_text(run.result.compute));
}

/// The runs of one report, then what it counted as a run.
void add_report(const Replication& replication, const std::string& report, Table& table) {
  for (const ReplicatedRun& run : replication.runs) {
    if (run.printed_in != report) continue;
    table.rows.push_back({run.name, run.printed_in, fmt::format("{}", run.npus), fmt::format("{}", run.traces),
                          fmt::format("{}", run.bandwidth_gib_per_s),
                          run.printed_failure ? "failed" : cycles_text(run.printed.total),
                          cycles_text(run.printed.communication), cycles_text(run.printed.compute), verdict_text(run)});
  }
  for (const NotARun& entry : replication.not_runs)
    if (entry.printed_in == report)
      table.rows.push_back(
          {entry.name, entry.printed_in, "-", "-", "-", "-", "-", "-", fmt::format("no run: {}", entry.why)});
}

Table runs_table(const Replication& replication) {
  Table table{{{"run"},
               {"printed in"},
               {"NPUs", Align::right},
               {"traces", Align::right},
               {"GiB/s", Align::right},
               {"total, cycles", Align::right},
               {"communication", Align::right},
               {"GPU compute", Align::right},
               {"ours"}},
              {}};
  std::set<std::string> told;
  for (const ReplicatedRun& first : replication.runs)
    if (told.insert(first.printed_in).second) add_report(replication, first.printed_in, table);
  return table;
}

BulletList lints_about(const Comparison& comparison, const Replication& replication) {
  BulletList list;
  for (const Lint& lint : comparison.lints)
    if (lint.about == replication.name) list.items.push_back(fmt::format("Lint {}: {}.", lint.rule, lint.what));
  return list;
}

void describe(const Comparison& comparison, const Replication& replication, Section& section) {
  section.blocks.emplace_back(summary_of(replication));
  if (BulletList lints = lints_about(comparison, replication); !lints.items.empty()) {
    section.blocks.emplace_back(Paragraph{{{"Reproducible is not right. What the runs do not say of themselves:"}}});
    section.blocks.emplace_back(std::move(lints));
  }
  if (Table corrections = corrections_table(replication); !corrections.rows.empty()) {
    section.blocks.emplace_back(Paragraph{
        {{fmt::format("What should have been printed: {}. Overhead is the share of the time in which communication is "
                      "exposed; GiB/s is what ASTRA-sim's files call GB/s.",
                      replication.corrected)}}});
    section.blocks.emplace_back(std::move(corrections));
  }
  section.blocks.emplace_back(Paragraph{{{"The published runs, one by one:"}}});
  section.blocks.emplace_back(runs_table(replication));
  section.blocks.emplace_back(Paragraph{{{fmt::format("Source: {}.", replication.source)}}});
}

}  // namespace

Section replication_section(const Comparison& comparison) {
  Section section{replication_heading, {}};
  for (const Replication& replication : comparison.replications) describe(comparison, replication, section);
  return section;
}

}  // namespace ringtrue
