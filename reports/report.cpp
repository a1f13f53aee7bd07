#include "reports/report.hpp"

#include "reports/section/sections.hpp"

namespace ringtrue {

Report build_report(const Comparison& comparison) {
  Report report{.title = "Ringtrue accuracy report",
                .sections = {summary_section(comparison), accuracy_section(comparison), all_reduce_section(comparison),
                             ring_ratio_section(comparison)}};
  if (!comparison.rankings.empty()) report.sections.push_back(algorithms_section(comparison));
  if (has_external(comparison)) report.sections.push_back(external_section(comparison));
  report.sections.push_back(published_section(comparison));
  if (!comparison.replications.empty()) report.sections.push_back(replication_section(comparison));
  if (says_how_measured(comparison)) report.sections.push_back(measuring_section(comparison));
  report.sections.push_back(findings_section(comparison));
  report.sections.push_back(limitations_section(comparison));
  report.sections.push_back(reproduce_section(comparison));
  return report;
}

}  // namespace ringtrue
