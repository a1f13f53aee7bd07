#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

/// 57426 reads 57,426; nothing reads -.
std::string cycles(const std::optional<std::uint64_t>& value) {
  if (!value) return "-";
  std::string text = std::to_string(*value);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

Table runs_table(const Replication& replication) {
  Table table{{{"run"},
               {"NPUs", Align::right},
               {"traces", Align::right},
               {"GiB/s", Align::right},
               {"printed, cycles", Align::right},
               {"communication", Align::right},
               {"again, cycles", Align::right},
               {"communication", Align::right},
               {""}},
              {}};
  for (const ReplicatedRun& run : replication.runs) {
    const bool failed = !run.error.empty();
    table.rows.push_back({run.name, std::to_string(run.npus), std::to_string(run.traces),
                          fmt::format("{}", run.bandwidth_gib_per_s),
                          run.printed_failure ? "failed" : cycles(run.printed.total), cycles(run.printed.communication),
                          failed ? "error" : cycles(run.result.total), failed ? "-" : cycles(run.result.communication),
                          std::string(to_string(judge(run)))});
  }
  return table;
}

Table corrections_table(const Replication& replication) {
  Table table{{{"run"},
               {"communication", Align::right},
               {"exposed", Align::right},
               {"GPU compute", Align::right},
               {"total", Align::right},
               {"exposed share", Align::right}},
              {}};
  for (const ReplicatedRun& run : replication.corrections) {
    const double total = static_cast<double>(run.result.total.value_or(0));
    const double share = static_cast<double>(run.result.exposed.value_or(0)) / total;
    table.rows.push_back({run.name, cycles(run.result.communication), cycles(run.result.exposed),
                          cycles(run.result.compute), run.error.empty() ? cycles(run.result.total) : "error",
                          run.error.empty() ? format_percent(share) : "-"});
  }
  return table;
}

BulletList errors_of(const Replication& replication) {
  BulletList list;
  for (const ReplicatedRun& run : replication.runs)
    if (!run.error.empty()) list.items.push_back(fmt::format("{}: {}", run.name, run.error));
  return list;
}

void describe(const Replication& replication, Section& section) {
  std::size_t reproduced = 0;
  for (const ReplicatedRun& run : replication.runs) reproduced += judge(run) != Replicated::differs ? 1 : 0;
  section.blocks.emplace_back(Paragraph{
      {{replication.name, true},
       {fmt::format(" ({}). Our reimplementation of ASTRA-sim's analytical backend ran them again, in cycles of 1 ns: "
                    "{} of {} come out as printed.",
                    replication.source, reproduced, replication.runs.size())}}});
  section.blocks.emplace_back(runs_table(replication));
  if (BulletList errors = errors_of(replication); !errors.items.empty()) {
    section.blocks.emplace_back(Paragraph{{{"Why runs fail:"}}});
    section.blocks.emplace_back(std::move(errors));
  }
  section.blocks.emplace_back(Paragraph{{{"What the numbers do not show:"}}});
  BulletList flaws;
  for (const Flaw& flaw : replication.flaws) flaws.items.push_back(fmt::format("{}: {}.", flaw.rule, flaw.what));
  section.blocks.emplace_back(std::move(flaws));
  if (replication.corrections.empty()) return;
  section.blocks.emplace_back(
      Paragraph{{{"What would have answered the question (one bandwidth throughout, as many NPUs as traces, compute in "
                  "its own unit):"}}});
  section.blocks.emplace_back(corrections_table(replication));
}

}  // namespace

Section replication_section(const Comparison& comparison) {
  Section section{"Published ASTRA-sim runs, replicated", {}};
  for (const Replication& replication : comparison.replications) describe(replication, section);
  return section;
}

}  // namespace ringtrue
